"""The screen: what is shown, and what keys do. Reads on threads; shows nothing stale without saying so."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from rich.terminal_theme import TerminalTheme
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import DataTable, Input, Static

from chronovisor.cli.output import local_time
from chronovisor.cli.text.safe_text import escaped
from chronovisor.cli.text.units import age_text
from chronovisor.cli.top import moments
from chronovisor.cli.top.details import detail_of, title_of, why_not
from chronovisor.cli.top.event_tail import EventTail
from chronovisor.cli.top.fleet import Fleet, read
from chronovisor.cli.top.moments import Moment
from chronovisor.cli.top.overview import busiest_text, eta_text, events_text, states_text
from chronovisor.cli.top.screens import DetailScreen, HelpScreen
from chronovisor.cli.top.sections import SECTIONS, View, cell, heading, next_sort, rows_of
from chronovisor.client import Client
from chronovisor.errors import ChronovisorError
from chronovisor.events.v1.event_pb2 import Event
from chronovisor.names import last_part
from chronovisor.streams.resumable import Status

# Of now: read again so often, at most, as events come, and at least, since not everything is an event.
AT_MOST_EVERY_S, AT_LEAST_EVERY_S = 1.0, 5.0
# A large fleet is read for no more than a third of the time.
_SHARE = 2.0
_BUSIEST, _NEWEST = 5, 6
# In columns: below it there is no room for the busiest hosts. In lines: below it, none for the newest events.
_NARROW, _SHORT = 110, 20
# With NO_COLOR, where a red would be a grey too dark to read.
_DARK, _LIGHT = (18, 18, 18), (224, 224, 224)
_COLOURLESS = TerminalTheme(_DARK, _LIGHT, [_LIGHT] * 8, [_LIGHT] * 8)
Step = Callable[[Client, Moment | None], Moment | None]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STEPS: dict[str, Step] = {
    "left_square_bracket": moments.event_back,
    "right_square_bracket": moments.event_forward,
    "left_curly_bracket": partial(moments.by, step=-MINUTE),
    "right_curly_bracket": partial(moments.by, step=MINUTE),
    "less_than_sign": partial(moments.by, step=-HOUR),
    "greater_than_sign": partial(moments.by, step=HOUR),
}


class _Table(DataTable[Text]):
    """As its base, but that End is back to now."""

    BINDINGS = [Binding("end", "app.now", show=False)]  # noqa: RUF012 - as textual has them


class Top(App[None]):
    """`server` is where the client is connected to, as text."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "chronovisor top"
    CSS = """
    #frame { border: round $primary; }
    #frame.past { border: heavy $warning; border-title-color: $warning; }
    #when { height: 1; }
    .past #when { background: $warning; color: $text; text-style: bold; }
    #trouble { height: auto; max-height: 3; background: $error; color: $text; display: none; }
    #overview { height: auto; min-height: 3; max-height: 7; }
    #eta { width: 1fr; } #states { width: 17; } #busiest { width: 47; }
    #overview Static, #events { text-wrap: nowrap; text-overflow: ellipsis; }
    #overview Static { height: auto; }
    .narrow #busiest, .short #events { display: none; }
    #sections { height: 1; }
    #table { height: 1fr; }
    ModalScreen { align: center middle; }
    #filter { height: 1; border: none; padding: 0; display: none; }
    #events { height: 7; border-top: solid $primary-darken-2; }
    """
    BINDINGS = [  # noqa: RUF012 - as textual has them
        *(Binding(section.key, f"section({place})", section.title) for place, section in enumerate(SECTIONS)),
        *(Binding(key, f"step('{key}')", show=False) for key in STEPS),
        Binding("0,end", "now", "now"),
        Binding("slash", "filter", "filter"),
        Binding("s", "sort", "sort"),
        Binding("S", "reverse", "reverse", show=False),
        Binding("r", "again", "read again", show=False),
        Binding("question_mark", "help", "help"),
        Binding("escape", "unfilter", show=False),
        Binding("q", "quit", "quit"),
    ]

    def __init__(self, client: Client, server: str) -> None:
        super().__init__()
        if self.no_color:
            self.ansi_theme_dark = _COLOURLESS
        self._client = client
        self._server = server
        # What is shown, and what is to be: they differ while it is read.
        self.fleet = Fleet()
        self.moment: Moment | None = None
        self.section = 0
        self.views = [View() for _ in SECTIONS]
        # Of the events' stream, which ends with it, and of the last read.
        self._cut, self._unread = "", ""
        self.rows = rows_of(SECTIONS[0], self.fleet, self.views[0])
        self._recent: deque[Event] = deque(maxlen=_NEWEST)
        self._stale, self._urgent = asyncio.Event(), asyncio.Event()
        self._steps: asyncio.Queue[Step] = asyncio.Queue()
        self._tail: EventTail | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="frame") as frame:
            frame.border_title = Text(f"{self.TITLE}  {self._server}")
            frame.border_subtitle = Text("? help  / filter  s sort  [ ] event  { } minute  < > hour  0 now  q quit")
            yield Static(id="when", markup=False)
            yield Static(id="trouble", markup=False)
            with Horizontal(id="overview"):
                yield Static(id="eta", markup=False)
                yield Static(id="states", markup=False)
                yield Static(id="busiest", markup=False)
            yield Static(id="sections", markup=False)
            yield _Table(id="table", cursor_type="row", zebra_stripes=True)
            yield Input(id="filter", placeholder="filter, !filter", compact=True)
            yield Static(id="events", markup=False)

    def on_mount(self) -> None:
        self.query_one("#table").focus()
        self.set_interval(AT_LEAST_EVERY_S, self._stale.set)
        self.action_again()
        self.run_worker(self._reading())
        self.run_worker(self._stepping())

    async def on_unmount(self) -> None:
        if self._tail:
            await asyncio.to_thread(self._tail.close)

    def on_resize(self, event: Resize) -> None:
        frame = self.query_one("#frame")
        frame.set_class(event.size.width < _NARROW, "narrow")
        frame.set_class(event.size.height < _SHORT, "short")

    # Reading.

    async def _reading(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._stale.wait()
            self._stale.clear()
            self._urgent.clear()
            moment, began = self.moment, loop.time()
            try:
                fleet = await asyncio.to_thread(read, self._client, moment)
            except ChronovisorError as error:
                self._show_trouble(unread=f"Not read: {why_not(error)}. Trying again.")
            else:
                # Somebody may have gone on meanwhile.
                if moment == self.moment:
                    self._take(fleet)
            pause_s = max(AT_MOST_EVERY_S, _SHARE * (loop.time() - began))
            try:
                async with asyncio.timeout(pause_s):
                    await self._urgent.wait()
            except TimeoutError:
                continue

    def _take(self, fleet: Fleet) -> None:
        is_first = not self.fleet.position
        self.fleet = fleet
        if is_first:
            self._recent.extend(fleet.events[:_NEWEST])
            self._follow(fleet.position)
        self._show_trouble(unread="")
        self.show()

    def _follow(self, after: int) -> None:
        loop = asyncio.get_running_loop()

        def later(call: Callable[..., None], *args: object) -> None:
            # The loop may have ended before the thread has.
            if not loop.is_closed():
                loop.call_soon_threadsafe(call, *args)

        self._tail = EventTail(
            self._client,
            after,
            lambda event: later(self._heard, event),
            lambda status: later(self._heard_of, status),
            lambda error: later(self._show_trouble, f"No events any more: {why_not(error)}."),
        )

    def _heard(self, event: Event) -> None:
        if not event.stream.startswith(moments.BOOKKEEPING):
            self._recent.appendleft(event)
            if self.moment is None:
                self._show_events()
        if self.moment is None:
            self._stale.set()

    def _heard_of(self, status: Status) -> None:
        if status is Status.INTERRUPTED:
            since = datetime.now(UTC).astimezone().strftime("%H:%M:%S")
            self._show_trouble(f"Not connected since {since}: what is shown is as of then. Trying again.")
        elif status is Status.CAUGHT_UP:
            self._show_trouble("", "")
            self.action_again()

    # Showing.

    def show(self) -> None:
        """All that is known, as of the moment that it is of."""
        self._show_when()
        fleet = self.fleet
        self.query_one("#eta", Static).update(eta_text(fleet.utilization))
        self.query_one("#states", Static).update(states_text(fleet.vms))
        self.query_one("#busiest", Static).update(busiest_text(fleet.by_host, _BUSIEST))
        self._show_table()
        self._show_events()

    def _show_when(self) -> None:
        fleet = self.fleet
        is_past = fleet.moment is not None
        self.query_one("#frame").set_class(is_past, "past")
        text = f"{'PAST' if is_past else 'now'}  position {fleet.position}  {self._time()}"
        hidden = f"  not shown to you: {', '.join(fleet.hidden)}" if fleet.hidden else ""
        self.query_one("#when", Static).update(Text(f"{text}{hidden}"))

    def _time(self) -> str:
        moment = self.fleet.moment
        if moment is None:
            return local_time(self.fleet.time)
        ago = age_text((datetime.now(UTC) - moment.time).total_seconds())
        return f"{moment.time.astimezone():%Y-%m-%d %H:%M:%S}, {ago} ago"

    def _show_events(self) -> None:
        events = self.fleet.events if self.moment else self._recent
        self.query_one("#events", Static).update(events_text(events, self._names(), _NEWEST))

    def _names(self) -> dict[str, str]:
        """Those of what is new come before it is read."""
        names = dict(self.fleet.names)
        for event in self._recent:
            for payload in (event.vm_created, event.host_registered, event.project_created):
                if payload.name:
                    names[event.stream] = last_part(payload.name)
        return names

    @property
    def trouble(self) -> str:
        """A sentence. A connection that is lost says more than the reads that fail by it."""
        return self._cut or self._unread

    def _show_trouble(self, cut: str | None = None, unread: str | None = None) -> None:
        self._cut = self._cut if cut is None else cut
        self._unread = self._unread if unread is None else unread
        line = self.query_one("#trouble", Static)
        line.update(Text(escaped(self.trouble)))
        line.display = bool(self.trouble)

    def _show_table(self) -> None:
        section, view = SECTIONS[self.section], self.views[self.section]
        rows = rows_of(section, self.fleet, view)
        self.rows = rows
        table = self.query_one("#table", _Table)
        kept = self._row_key(table)
        table.clear(columns=True)
        for field in rows.columns:
            table.add_column(heading(field, view), key=field.name)
        for key, cells in zip(rows.keys, rows.cells, strict=True):
            table.add_row(*map(cell, rows.columns, cells), key=key)
        if kept in rows.keys:
            table.move_cursor(row=rows.keys.index(kept))
        self._show_sections(rows.count, len(rows.keys))

    def _row_key(self, table: _Table) -> str:
        return self._shown_keys[table.cursor_row] if 0 <= table.cursor_row < len(self._shown_keys) else ""

    @property
    def _shown_keys(self) -> list[str]:
        return [str(key.value) for key in self.query_one("#table", _Table).rows]

    def _show_sections(self, count: int, shown: int) -> None:
        text = Text()
        for place, section in enumerate(SECTIONS):
            style = "reverse bold" if place == self.section else ""
            text.append(f" {section.key} {section.title} {len(section.items(self.fleet))} ", style=style)
        if (filter_ := self.views[self.section].filter) or count > shown:
            more = f", {shown} shown" if count > shown else ""
            text.append(f"  {count} by /{escaped(filter_)}{more}", style="bold")
        self.query_one("#sections", Static).update(text)

    # Keys.

    def action_section(self, place: int) -> None:
        self.section = place
        self._show_table()

    def action_step(self, key: str) -> None:
        self._steps.put_nowait(STEPS[key])

    def action_now(self) -> None:
        self._steps.put_nowait(lambda _client, _at: None)

    async def _stepping(self) -> None:
        """One step after the other, each from where the one before it led."""
        while True:
            step = await self._steps.get()
            try:
                self.moment = await asyncio.to_thread(step, self._client, self.moment)
            except ChronovisorError as error:
                self._show_trouble(unread=f"Not read: {why_not(error)}.")
            else:
                self.action_again()

    def action_again(self) -> None:
        self._stale.set()
        self._urgent.set()

    def action_sort(self) -> None:
        self._choose(next_sort(SECTIONS[self.section], self.fleet, self.views[self.section]))

    def action_reverse(self) -> None:
        view = self.views[self.section]
        self._choose(replace(view, reverse=not view.reverse))

    def _choose(self, view: View) -> None:
        self.views[self.section] = view
        self._show_table()

    def action_filter(self) -> None:
        entry = self.query_one("#filter", Input)
        entry.value = self.views[self.section].filter
        entry.display = True
        entry.focus()

    def action_unfilter(self) -> None:
        self._choose(replace(self.views[self.section], filter=""))
        self._end_filter()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.display:
            self._choose(replace(self.views[self.section], filter=event.value))

    def on_input_submitted(self) -> None:
        self._end_filter()

    def _end_filter(self) -> None:
        self.query_one("#filter", Input).display = False
        self.query_one("#table").focus()

    def action_help(self) -> None:
        self.push_screen(HelpScreen())

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        item = self.rows.items[event.cursor_row]
        self.push_screen(DetailScreen(title_of(item), partial(detail_of, self._client, item, self.fleet.moment)))
