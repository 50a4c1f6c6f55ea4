"""Documents as YAML. PyYAML is loaded when there is one: it takes its time."""

import re
from collections.abc import Mapping
from typing import Any

from chronovisor.cli.text.safe_text import takes_unicode

# What YAML leaves as it is in a double-quoted text and a terminal may obey, or hide.
_BEYOND_ASCII = re.compile(r"[^\x00-\x7e]")


def yaml_text(document: Mapping[str, Any]) -> str:
    """One document, its keys in the order given. What is not printable is escaped."""
    import yaml  # noqa: PLC0415

    class Dumper(yaml.SafeDumper):
        """Quotes what is to be escaped, and indents lists below their key."""

        def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
            super().increase_indent(flow, False)

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def text(dumper: Any, value: str) -> Any:
        style = None if value.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)

    def mapping(dumper: Any, value: Mapping[str, Any]) -> Any:
        # Of an Any, protobuf makes an OrderedDict.
        return dumper.represent_dict(value)

    Dumper.add_representer(str, text)
    Dumper.add_multi_representer(dict, mapping)
    dumped = yaml.dump(
        dict(document),
        Dumper=Dumper,
        sort_keys=False,
        allow_unicode=takes_unicode(),
        default_flow_style=False,
        width=10_000,
    )
    return _BEYOND_ASCII.sub(_escaped, dumped)


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\x{number:02X}" if number < 0x100 else f"\\u{number:04X}" if number < 0x10000 else f"\\U{number:08X}"
