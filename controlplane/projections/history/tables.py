"""The read database's tables. A row of a resource says from which position, and to which, it was so.

All tables of one generation have its number in their names: a rebuild fills the next generation beside the one in use.
"""

from functools import lru_cache

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    and_,
)

from controlplane.domain.resource_kinds import RESOURCE_KINDS

# Of the tables, and of how they are filled. Tables of another shape are not read: they are made anew.
SHAPE = 15
# `to_position` of what is still so.
OPEN = 1 << 62

_meta = MetaData()
# Which generation is in use, and up to which position each is filled.
generations = Table(
    "read_generations",
    _meta,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("shape", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("active", Boolean, nullable=False),
)


def _span() -> tuple[Column[int], Column[str], Column[int]]:
    """Of what, from which position to which. One event begins one row: in SQLite, this key is the row's own number."""
    number = BigInteger().with_variant(Integer(), "sqlite")
    return (
        Column("from_position", number, primary_key=True, autoincrement=False),
        Column("uid", Text, nullable=False),
        Column("to_position", BigInteger, nullable=False),
    )


def _amounts() -> tuple[Column[int], Column[int], Column[int]]:
    return (
        Column("vcpus", BigInteger, nullable=False),
        Column("memory_mib", BigInteger, nullable=False),
        Column("disk_gib", BigInteger, nullable=False),
    )


class Tables:
    """The tables of one generation."""

    def __init__(self, generation: int) -> None:
        self.generation = generation
        self.metadata = MetaData()
        prefix = f"read_{generation}"
        self.vms = self._resources(
            f"{prefix}_vms",
            Column("project_uid", Text, nullable=False),
            Column("state", Text, nullable=False),
            Column("live", Boolean, nullable=False),
            # Where it holds something.
            Column("host", Text, nullable=False),
            Column("created_us", BigInteger, nullable=False),
            # Of the table of specs: fleets are made of few kinds of VMs.
            Column("spec", Integer, nullable=False),
            # What no column has, as text: see `vm_rows`.
            Column("rest", Text, nullable=False),
        )
        self.hosts = self._resources(
            f"{prefix}_hosts",
            Column("state", Text, nullable=False),
            Column("zone", Text, nullable=False),
            Column("created_us", BigInteger, nullable=False),
            Column("data", LargeBinary, nullable=False),
        )
        self.projects = self._resources(
            f"{prefix}_projects", Column("live", Boolean, nullable=False), Column("data", LargeBinary, nullable=False)
        )
        # What projects have beside VMs, by collection.
        self.resources = {
            collection: self._resources(
                f"{prefix}_{kind.plural}",
                Column("project_uid", Text, nullable=False),
                Column("live", Boolean, nullable=False),
                Column("data", LargeBinary, nullable=False),
            )
            for collection, kind in RESOURCE_KINDS.items()
        }
        # By the kind of streams that their rows are of.
        self.of = {"vms": self.vms, "hosts": self.hosts, "projects": self.projects, **self.resources}
        # What a VM holds on its own host; and what it holds beside that on the other host of a migration. In one table,
        # one event could begin two rows.
        self.holdings = self._holdings(f"{prefix}_holdings")
        self.other_sides = self._holdings(f"{prefix}_other_sides")
        # What projects hold that no host offers: the addresses of each VM, and what each image takes.
        self.owned = Table(
            f"{prefix}_owned",
            self.metadata,
            *_span(),
            Column("from_us", BigInteger, nullable=False),
            # OPEN while it is held.
            Column("to_us", BigInteger, nullable=False),
            Column("name", Text, nullable=False),
            Column("project_uid", Text, nullable=False),
            Column("labels", Text, nullable=False),
            Column("resource_class", Text, nullable=False),
            Column("amount", BigInteger, nullable=False),
        )
        # Of each operation, from the event that began it to the one that ended it. Who requested it, and why, is in the
        # first; the VM as it was then is the VM's row from the last.
        self.operations = Table(
            f"{prefix}_operations",
            self.metadata,
            *_span(),
            Column("version", BigInteger, nullable=False),
            # Empty while it runs, and where it succeeded: see `operations`.
            Column("outcome", Text, nullable=False),
            # The method, such as StartVm.
            Column("verb", Text, nullable=False),
        )
        self.totals = self._sorted(
            f"{prefix}_figures",
            Column("scope", Text, primary_key=True),
            Column("from_position", BigInteger, primary_key=True, autoincrement=False),
            Column("total", Text, nullable=False),
            Column("allocated", Text, nullable=False),
            Column("hosts", Integer, nullable=False),
            Column("running_vms", Integer, nullable=False),
            # Of a host: what changes with every event of its own.
            Column("version", BigInteger, nullable=False),
            Column("updated_us", BigInteger, nullable=False),
            Column("numa", Text, nullable=False),
            # What hosts hold beyond their capacity, by class, as JSON.
            Column("overcommitted", Text, nullable=False),
        )
        # Of the ledger, of each project and host: how many events of each category, up to the last of an append.
        self.counts = self._sorted(
            f"{prefix}_counts",
            Column("scope", Text, primary_key=True),
            Column("from_position", BigInteger, primary_key=True, autoincrement=False),
            # As text: see `row_codec`.
            Column("counts", Text, nullable=False),
        )
        # Events that a timeline marks.
        self.marks = self._sorted(
            f"{prefix}_marks",
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            # 0 for what matters most.
            Column("rank", Integer, nullable=False),
            Column("category", Integer, nullable=False),
            Column("stream", Text, nullable=False),
            # Empty for what is of no project.
            Column("project_uid", Text, nullable=False),
        )
        # Events that are in a trace.
        self.traces = self._sorted(
            f"{prefix}_traces",
            Column("trace_id", Text, primary_key=True),
            Column("position", BigInteger, primary_key=True, autoincrement=False),
        )
        # Each append, by its last position.
        self.moments = self._sorted(
            f"{prefix}_moments",
            Column("position", BigInteger, primary_key=True, autoincrement=False),
            Column("time_us", BigInteger, nullable=False),
        )
        self.specs = self._sorted(
            f"{prefix}_specs",
            Column("id", Integer, primary_key=True, autoincrement=False),
            Column("data", LargeBinary, nullable=False),
        )
        vms = self.vms.c
        now = and_(vms.to_position == OPEN, vms.live)
        Index(f"{prefix}_vms_now", vms.name, sqlite_where=now, postgresql_where=now)
        # Lists in the order of creation, and of a state that few are in, would look at every VM.
        Index(f"{prefix}_vms_created_now", vms.created_us, sqlite_where=now, postgresql_where=now)
        Index(f"{prefix}_vms_state_now", vms.state, vms.name, sqlite_where=now, postgresql_where=now)
        Index(f"{prefix}_vms_then", vms.name, vms.from_position)
        Index(f"{prefix}_vms_on", vms.host, vms.from_position)
        for spans in (*self.of.values(), self.holdings, self.other_sides, self.owned):
            Index(f"{spans.name}_of", spans.c.uid, spans.c.from_position)
        # The order of an operation's versions is that of its positions.
        Index(f"{prefix}_operations_of", self.operations.c.uid, self.operations.c.version)
        running = self.operations.c.to_position == OPEN
        Index(
            f"{prefix}_operations_now",
            self.operations.c.from_position,
            sqlite_where=running,
            postgresql_where=running,
        )
        Index(f"{prefix}_hosts_then", self.hosts.c.name, self.hosts.c.from_position)
        Index(f"{prefix}_projects_then", self.projects.c.name, self.projects.c.from_position)
        for table in self.resources.values():
            Index(f"{table.name}_then", table.c.name, table.c.from_position)
        for held in (self.holdings, self.other_sides):
            Index(f"{held.name}_on", held.c.host_uid, held.c.to_position)
            Index(f"{held.name}_until", held.c.to_us)
        Index(f"{prefix}_owned_until", self.owned.c.to_us)
        Index(f"{prefix}_moments_at", self.moments.c.time_us)
        marks = self.marks.c
        Index(f"{prefix}_marks_by_rank", marks.rank, marks.position)
        Index(f"{prefix}_marks_of_project", marks.project_uid, marks.rank, marks.position)
        Index(f"{prefix}_marks_of_stream", marks.stream, marks.rank, marks.position)

    def _holdings(self, name: str) -> Table:
        return Table(
            name,
            self.metadata,
            *_span(),
            Column("from_us", BigInteger, nullable=False),
            # OPEN while it is held.
            Column("to_us", BigInteger, nullable=False),
            Column("name", Text, nullable=False),
            Column("project_uid", Text, nullable=False),
            Column("host_uid", Text, nullable=False),
            Column("labels", Text, nullable=False),
            *_amounts(),
            # All classes, as JSON.
            Column("amounts", Text, nullable=False),
            Column("has_extended", Boolean, nullable=False),
        )

    def _sorted(self, name: str, *columns: "Column[object] | Column[int] | Column[str] | Column[bytes]") -> Table:
        return Table(name, self.metadata, *columns, sqlite_with_rowid=False)

    def _resources(self, name: str, *columns: "Column[int] | Column[str] | Column[bool] | Column[bytes]") -> Table:
        """A table of resources: which, from when to when, what can be filtered by, and what more there is of each."""
        return Table(
            name,
            self.metadata,
            *_span(),
            Column("name", Text, nullable=False),
            Column("labels", Text, nullable=False),
            *columns,
        )

    def all(self) -> list[Table]:
        return list(self.metadata.tables.values())

    def indexes(self) -> list[Index]:
        return sorted((index for table in self.all() for index in table.indexes), key=lambda index: str(index.name))


tables_of = lru_cache(maxsize=8)(Tables)
