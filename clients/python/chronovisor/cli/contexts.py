"""Contexts: control planes by name, in one TOML file of this user. Reads and writes the file, and sends nothing."""

import json
import os
import re
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from chronovisor.program import why

FILE_VARIABLE = "CHRONOVISOR_CONFIG"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")
# What a context can set. `servers` is a list; the others are text.
SERVERS = "servers"
KEYS = (
    *(SERVERS, "project", "output", "ca_file", "cert_file", "key_file", "token_file"),
    # A program that prints a token, and where `chronovisor login` signs in.
    *("token_command", "issuer", "client_id", "audience", "scope", "issuer_ca_file"),
)


class BadContexts(ValueError):
    """The file, or what is to go into it, makes no sense."""


@dataclass
class Contexts:
    """What the file has. `current`: the context in use; empty: none."""

    current: str = ""
    by_name: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])

    def get(self, name: str) -> Mapping[str, Any]:
        """Raises BadContexts when there is none of that name."""
        if name not in self.by_name:
            known = ", ".join(sorted(self.by_name)) or "none yet: chronovisor context set NAME --server HOST:PORT"
            raise BadContexts(f"There is no context {name!r}; there are {known}")
        return self.by_name[name]


def file() -> Path:
    """Where contexts are kept."""
    if given := os.environ.get(FILE_VARIABLE):
        return Path(given).expanduser()
    home = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(home).expanduser() / "chronovisor" / "config.toml"


def read() -> Contexts:
    """All contexts; none where there is no file. Raises BadContexts, with the file, the key and the rule."""
    try:
        path = file()
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return Contexts()
    except RuntimeError:
        # Nobody knows where home is.
        return Contexts()
    except (OSError, ValueError) as error:
        raise BadContexts(f"{file()} cannot be read: {why(error)}") from None
    try:
        return _parsed(tomllib.loads(text))
    except ValueError as error:
        raise BadContexts(f"{path}: {why(error)}") from None


def _parsed(document: Mapping[str, Any]) -> Contexts:
    if unknown := set(document) - {"current", "contexts"}:
        raise ValueError(f"{min(unknown)}: must be one of current, contexts")
    current, tables = document.get("current", ""), document.get("contexts", {})
    if not isinstance(current, str):
        raise ValueError("current: must be the name of a context")
    if not isinstance(tables, dict):
        raise ValueError("contexts: must be tables, such as [contexts.prod]")
    found = Contexts(current)
    for name, table in cast("Mapping[str, Any]", tables).items():
        if not isinstance(table, dict):
            raise ValueError(f"contexts.{name}: must be a table")
        found.by_name[checked_name(name)] = {
            key: _checked(f"contexts.{name}.{key}", key, value)
            for key, value in cast("Mapping[str, Any]", table).items()
        }
    if current and current not in found.by_name:
        raise ValueError(f"current: there is no context {current!r}")
    return found


def checked_name(name: str) -> str:
    """Raises BadContexts."""
    if not NAME.fullmatch(name):
        raise BadContexts(f"{name!r} is no name of a context: 1 to 63 of letters, digits, '_', '.' and '-'")
    return name


def _checked(path: str, key: str, value: object) -> Any:
    if key not in KEYS:
        raise ValueError(f"{path}: must be one of {', '.join(KEYS)}")
    if key != SERVERS:
        if not isinstance(value, str):
            raise ValueError(f"{path}: must be a text")
        return value
    servers = cast("list[object]", value) if isinstance(value, list) else [value]
    if not servers or not all(isinstance(each, str) and each for each in servers):
        raise ValueError(f"{path}: must be a list of HOST:PORT")
    return servers


def write(contexts: Contexts) -> None:
    """Replaces the file whole, for this user alone to read: a crash leaves the old one. Raises OSError, BadContexts."""
    path = file()
    if path.is_symlink():
        path = path.resolve()
    if path.exists() and not path.is_file():
        # Such as /dev/null: root could replace it.
        raise BadContexts(f"{path} is no regular file; {FILE_VARIABLE} names another")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # The file of `tempfile` is 0600 from its first moment on.
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as fresh:
            fresh.write(_toml(contexts))
            fresh.flush()
            os.fsync(fresh.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _toml(contexts: Contexts) -> str:
    lines = ["# Contexts of the command line `chronovisor`. `chronovisor context` writes this file anew."]
    if contexts.current:
        lines.append(f"current = {_text(contexts.current)}")
    for name, values in sorted(contexts.by_name.items()):
        lines += ["", f"[contexts.{_text(name)}]"]
        for key in KEYS:
            if value := values.get(key):
                shown = _text(value) if isinstance(value, str) else f"[{', '.join(map(_text, value))}]"
                lines.append(f"{key} = {shown}")
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    # A TOML basic string is a JSON string but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
