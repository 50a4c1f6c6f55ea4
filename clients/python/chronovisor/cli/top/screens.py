"""Screens over the main one: help, and one row in full."""

from collections.abc import Callable
from typing import Any, cast

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

HELP = """\
1 2 3 4       VMs, hosts, events, operations
up, down      another row; Enter shows it in full, Escape goes back
/             filter: a regular expression; !text is all but that; Escape ends it
s  S          sort by the next column; reverse

[  ]          one event back, forward
{  }          a minute back, forward
<  >          an hour back, forward
0  End        back to now

r             read again
?             this help
q             quit

Of the past, every number is as of the position that is shown, as `chronovisor at POSITION` prints it. Operations are \
as they were by then, without those that were deleted since.
"""


class Page(ModalScreen[None]):
    """A page of text. Any of these keys closes it."""

    BINDINGS = [Binding("escape,q,enter", "dismiss", "back")]  # noqa: RUF012 - as textual has them
    CSS = """
    #page { width: 90%; height: auto; max-height: 90%; border: round $accent; background: $surface; padding: 0 1; }
    """

    def __init__(self, title: str, text: Text) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page") as page:
            page.border_title = Text(self._title)
            yield Static(self._text, id="text", markup=False)


class HelpScreen(Page):
    """What the keys do."""

    BINDINGS = [Binding("question_mark", "dismiss", "back")]  # noqa: RUF012 - as textual has them

    def __init__(self) -> None:
        super().__init__("Keys", Text(HELP))


class DetailScreen(Page):
    """One thing in full. `load` is called on a thread, and says all that there is to say of it."""

    def __init__(self, title: str, load: Callable[[], str]) -> None:
        super().__init__(title, Text("Reading ..."))
        self._load = load

    def on_mount(self) -> None:
        self.run_worker(self._loaded, thread=True)

    def _loaded(self) -> None:
        text = Text(self._load())
        app = cast("App[Any]", self.app)  # pyright: ignore[reportUnknownMemberType]
        app.call_from_thread(self.query_one("#text", Static).update, text)
