"""The image's state machine, as one table."""

from enum import IntEnum

from controlplane.domain.state_machine import StateMachine


class ImageState(IntEnum):
    """An image's place in its life. The numbers are those of chronovisor.v1.ImageState."""

    PENDING = 1
    READY = 2
    FAILED = 3
    DEPRECATED = 4
    OBSOLETE = 5
    DELETED = 6


class ImageVerb(IntEnum):
    """What is done with an image."""

    UPDATE = 1
    DELETE = 2
    DEPRECATE = 3
    OBSOLETE = 4
    RESTORE = 5
    # Not by a caller: how its import ended.
    IMPORT = 6
    FAIL = 7
    # Where its bytes are to come from.
    REQUEST_IMPORT = 8


_S, _V = ImageState, ImageVerb
# States of images that were checked.
IMPORTED = (_S.READY, _S.DEPRECATED, _S.OBSOLETE)
# Those that new VMs can be made from.
USABLE = (_S.READY, _S.DEPRECATED)
TRANSITIONS: dict[tuple[ImageState, ImageVerb], ImageState] = {
    (_S.PENDING, _V.REQUEST_IMPORT): _S.PENDING,
    (_S.PENDING, _V.IMPORT): _S.READY,
    (_S.PENDING, _V.FAIL): _S.FAILED,
    **{(state, _V.UPDATE): state for state in (_S.PENDING, *IMPORTED, _S.FAILED)},
    **{(state, _V.DELETE): _S.DELETED for state in (_S.PENDING, *IMPORTED, _S.FAILED)},
    **{(state, _V.DEPRECATE): _S.DEPRECATED for state in IMPORTED},
    **{(state, _V.OBSOLETE): _S.OBSOLETE for state in IMPORTED},
    **{(state, _V.RESTORE): _S.READY for state in IMPORTED},
}
# By the state that a caller requests.
VERB_TO: dict[ImageState, ImageVerb] = {
    _S.READY: _V.RESTORE,
    _S.DEPRECATED: _V.DEPRECATE,
    _S.OBSOLETE: _V.OBSOLETE,
}

# Methods of the API.
COMMANDS = {
    _V.UPDATE: "UpdateImage",
    _V.DELETE: "DeleteImage",
    _V.DEPRECATE: "DeprecateImage of DEPRECATED",
    _V.OBSOLETE: "DeprecateImage of OBSOLETE",
    _V.RESTORE: "DeprecateImage of READY",
}
_machine = StateMachine("image", TRANSITIONS, COMMANDS)
allowed_commands, require = _machine.allowed_commands, _machine.require
