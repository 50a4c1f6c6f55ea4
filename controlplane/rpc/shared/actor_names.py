"""Names in place of pseudonyms, in messages as they leave. Looks names up in one dictionary.

Which fields can have an actor follows from the descriptors, once for each kind of message: of most, none.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, cast

from chronovisor.events.v1 import event_pb2 as ev
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.rpc import status_pb2

# Fields with an actor, in messages of the API and in events.
ACTOR_FIELDS = frozenset({"actor", "set_by", "created_by"})
# How an actor proved who it is: of a person, that says who it is, too.
_PROOF = ev.Proof.DESCRIPTOR.full_name
_PROOF_FIELDS = frozenset({"detail", "address"})
_MARK = b"user:~"
_ANY = AnyMessage.DESCRIPTOR.full_name
# Of errors, whose details have no actors.
_STATUS = status_pb2.Status.DESCRIPTOR.full_name


class _Place(NamedTuple):
    """A field that has an actor, or that leads to one. `inside` is None for a text."""

    field: str
    is_repeated: bool
    inside: "list[_Place] | None"
    is_any: bool = False


class ActorNames:
    """`name_of` gives the name of an actor that may be a pseudonym, and any other text of a person that is sealed.

    `forgotten` is how many were forgotten so far: what was made of names before is not to be used any more.
    """

    def __init__(self, name_of: Callable[[str], str] = str, forgotten: Callable[[], int] = int) -> None:
        self.name_of = name_of
        self.forgotten = forgotten
        self._places: dict[str, list[_Place]] = {}

    def resolve(self, message: Message) -> None:
        """Puts names in place of pseudonyms, wherever the message can have any."""
        if places := self._places_in(cast("Descriptor", message.DESCRIPTOR)):
            self._resolve(message, places)

    def _resolve(self, message: Any, places: list[_Place]) -> None:
        for field, is_repeated, inside, is_any in places:
            if inside is None and not is_any:
                if actor := getattr(message, field):
                    name = self.name_of(actor)
                    if name is not actor:
                        setattr(message, field, name)
            elif is_repeated:
                for each in getattr(message, field):
                    self._resolve_in(each, inside)
            elif message.HasField(field):
                self._resolve_in(getattr(message, field), inside)

    def _resolve_in(self, message: Any, inside: list[_Place] | None) -> None:
        if inside is not None:
            self._resolve(message, inside)
        elif _MARK in message.value:
            self._resolve_packed(message)

    def _resolve_packed(self, packed: AnyMessage) -> None:
        described = descriptor_pool.Default().FindMessageTypeByName(packed.TypeName())
        message = message_factory.GetMessageClass(described).FromString(packed.value)
        self.resolve(message)
        packed.value = message.SerializeToString()

    def _places_in(self, descriptor: Descriptor) -> list[_Place]:
        found = self._places.get(descriptor.full_name)
        if found is None:
            found = self._places[descriptor.full_name] = _places_of(descriptor, ())
        return found


def _places_of(descriptor: Descriptor, above: tuple[str, ...]) -> list[_Place]:
    """Of a message within itself, what is above is not looked at once more."""
    found: list[_Place] = []
    for each in descriptor.fields:
        inner = each.message_type
        if inner is None:
            names = _PROOF_FIELDS if descriptor.full_name == _PROOF else ACTOR_FIELDS
            if each.name in names and each.type == FieldDescriptor.TYPE_STRING and not each.is_repeated:
                found.append(_Place(each.name, False, None))
        elif inner.full_name == _ANY:
            found.append(_Place(each.name, each.is_repeated, None, True))
        elif not (inner.GetOptions().map_entry or inner.full_name in above or inner.full_name == _STATUS):
            inside = _places_of(inner, (*above, descriptor.full_name))
            found += [_Place(each.name, each.is_repeated, inside)] if inside else []
    return found


NO_NAMES = ActorNames()
