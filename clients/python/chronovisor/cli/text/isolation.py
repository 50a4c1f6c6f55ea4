"""What a host's guests are confined by, as text for people: by the traits that its agent measured."""

from collections.abc import Iterable

PREFIX = "isolation."
# By trait, without the prefix: in the order in which they are listed.
WORDS = {
    "dac": "an unprivileged user",
    "seccomp": "filtered system calls",
    "apparmor": "AppArmor",
    "svirt": "SELinux",
    "cgroup.cpu": "CPU weights and quotas",
    "cgroup.memory": "memory limits",
}


def isolation_text(traits: Iterable[str]) -> str:
    """`an unprivileged user, filtered system calls; without AppArmor, SELinux`. What is new has its own name."""
    found = {trait.removeprefix(PREFIX) for trait in traits if trait.startswith(PREFIX)}
    if not found:
        return ""
    has = [*(words for name, words in WORDS.items() if name in found), *sorted(found - WORDS.keys())]
    lacks = [words for name, words in WORDS.items() if name not in found]
    return ", ".join(has) + (f"; without {', '.join(lacks)}" if lacks else "")
