"""Texts of parameters that differ by host: `{host}` is its id, `{label:KEY}` the value of a label. Pure."""

import re

from controlplane.fencers.fencer import FencerError, FenceTarget

_FIELD = re.compile(r"\{([^{}]*)\}")
_LABEL = "label:"
# What is put into an address or an argument: no name of another option, path or host can be made of it.
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.:-]*[A-Za-z0-9])?")


def check(text: str) -> None:
    """Raises ValueError for a field that no host has."""
    if set("{}") & set(_FIELD.sub("", text)):
        raise ValueError(f"{text!r} has a brace without its other")
    for name in _FIELD.findall(text):
        if name != "host" and not (name.startswith(_LABEL) and len(name) > len(_LABEL)):
            raise ValueError(f"{{{name}}} must be {{host}} or {{label:KEY}}")


def filled(text: str, target: FenceTarget) -> str:
    """Raises FencerError where the host lacks a label, or its value could change what the text means."""

    def value(found: re.Match[str]) -> str:
        name: str = found[1]
        if name == "host":
            return target.host
        key = name.removeprefix(_LABEL)
        if key not in target.labels:
            raise FencerError(f"{target.name} has no label {key}, which {text!r} of its fencer needs")
        if not _PLAIN.fullmatch(label := target.labels[key]):
            raise FencerError(f"label {key} of {target.name} is no name and no address: {label!r}")
        return label

    return _FIELD.sub(value, text)
