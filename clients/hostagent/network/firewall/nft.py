"""nft: reads a table, and carries out commands in one transaction. In whichever network namespace."""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hostagent.network.firewall.ruleset import Found, Table, Written, commands, elements_of, found_of
from hostagent.network.namespaces import enter_command
from hostagent.network.netlink import NetworkFailed

_TIMEOUT_S = 30.0


class Firewall:
    """One table. Remembers what it wrote, and what that read like."""

    def __init__(self, namespace: Path | None, begins: Callable[[str], None]) -> None:
        """`begins` is called with words for each transaction, before it."""
        self._namespace = namespace
        self._begins = begins
        self._written = Written()
        # As it was read last, and after everything written since. None: not known.
        self._found: Found | None = None
        self._table: Table | None = None

    def forget(self) -> None:
        """The next `ensure` reads everything."""
        self._found = None

    def ensure(self, table: Table) -> None:
        """Makes the table so. Raises NetworkFailed."""
        if self._found is not None and self._table == table:
            return
        found = self._found or self._read(table)
        todo = commands(table, found, self._written)
        if found is not None and len(todo) == 1:
            self._found, self._table = found, table
            return
        self._found = None
        self._begins(f"rules of {table.name}")
        self._nft(["-f", "-"], "\n".join(todo) + "\n")
        self._remember(table, found)

    def is_there(self, table: Table) -> bool:
        """Raises NetworkFailed."""
        return self._found is not None or self._listed(table) is not None

    def counters(self, table: Table) -> dict[str, int]:
        """Packets, by the counter's name. Raises NetworkFailed."""
        listed = self._list("counters", "table", *table.name.split()) or []
        return {each["counter"]["name"]: each["counter"]["packets"] for each in listed if "counter" in each}

    def delete(self, table: Table) -> None:
        """One that is there. Raises NetworkFailed."""
        self._found = None
        self._nft(["-f", "-"], f"delete table {table.name}\n")

    def _remember(self, table: Table, before: Found | None) -> None:
        same_rules = before is not None and all(
            self._written.chains.get(name, (None,))[0] == chain for name, chain in table.chains.items()
        )
        if same_rules and before is not None and before.chains.keys() == table.chains.keys():
            chains = before.chains  # Elements alone have changed: nothing else is read again.
        else:
            chains = (self._listed(table) or Found()).chains
        self._written = Written({name: (chain, chains.get(name, "")) for name, chain in table.chains.items()})
        self._found = Found(
            chains,
            {name: each.word for name, each in table.sets.items()},
            table.counters,
            {name: each.elements for name, each in table.sets.items() if not each.timeout_s},
        )
        self._table = table

    def _read(self, table: Table) -> Found | None:
        found = self._listed(table)
        if found is None:
            return None
        # Those alone that can differ: what rules fill by themselves may be much.
        kept = [name for name, each in table.sets.items() if name in found.sets and not each.timeout_s]
        elements = {name: elements_of(self._list(found.sets[name], *table.name.split(), name) or []) for name in kept}
        return Found(found.chains, found.sets, found.counters, elements)

    def _listed(self, table: Table) -> Found | None:
        listed = self._list("table", *table.name.split(), terse=True)
        return None if listed is None else found_of(listed)

    def _list(self, *words: str, terse: bool = False) -> list[Mapping[str, Any]] | None:
        """None: there is no such thing."""
        try:
            text = self._nft(["-j", *(["-t"] if terse else []), "list", *words])
        except NetworkFailed as error:
            if "No such file or directory" in str(error):
                return None
            raise
        return json.loads(text)["nftables"]

    def _nft(self, arguments: list[str], text: str = "") -> str:
        command = [*enter_command(self._namespace), "nft", *arguments]
        try:
            done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NetworkFailed(f"nft: {error}") from error
        if done.returncode:
            raise NetworkFailed(f"nft: {done.stderr.strip().splitlines()[0] if done.stderr.strip() else 'failed'}")
        return done.stdout
