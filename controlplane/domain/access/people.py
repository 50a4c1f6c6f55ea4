"""People as actors of events: by a pseudonym, from which their names follow only with a key. Performs no I/O."""

import re

KIND = "user:"
PREFIX = "user:~"
FORGOTTEN = "user:forgotten-"
PEOPLE = "people"
# Who does not say who it is, is nobody.
ANONYMOUS = "user:anonymous"
# Of a text that is encrypted with the key of a person.
SEALED = "~"
FORGOTTEN_TEXT = "forgotten"
_PSEUDONYM = re.compile(f"{PREFIX}[0-9a-f]{{32}}")


def is_person(actor: str) -> bool:
    """Whether an actor is a person, by name: no program, agent or part of the system."""
    return actor.startswith(KIND) and actor != ANONYMOUS and not is_pseudonym(actor)


def is_pseudonym(actor: str) -> bool:
    return actor.startswith(PREFIX) and _PSEUDONYM.fullmatch(actor) is not None


def forgotten_name(pseudonym: str) -> str:
    """What is shown of a person who is forgotten: two of them are still two."""
    return FORGOTTEN + pseudonym.removeprefix(PREFIX)[:8]


def people_stream(pseudonym: str) -> str:
    """The stream whose only event says that a person is forgotten."""
    return f"{PEOPLE}/{pseudonym.removeprefix(PREFIX)}"
