"""`chronovisor context`: control planes by name, kept in a file of this user. Sends nothing."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chronovisor.addresses import address
from chronovisor.cli import contexts
from chronovisor.cli.completion import complete_context
from chronovisor.cli.contexts import BadContexts, Contexts
from chronovisor.cli.listing.fields import Field, Listing
from chronovisor.cli.listing.view import Columns, Filter, SortBy, show_items, view
from chronovisor.cli.output import say, show_document, show_facts
from chronovisor.cli.settings import Misused, Output, listed, settings_of
from chronovisor.cli.text.safe_text import escaped

app = typer.Typer(add_completion=False, no_args_is_help=True)

Row = dict[str, Any]
Name = Annotated[
    str, typer.Argument(autocompletion=complete_context, metavar="NAME", help="The context, such as prod.")
]
_CREDENTIALS = contexts.KEYS[3:]


def _table() -> Listing[Row]:
    def text(key: str, *, wide: bool = False) -> Field[Row]:
        return Field(key, lambda row: row.get(key) or None, wide=wide, foldable=True)

    return Listing(
        (
            Field("current", lambda row: row["current"], lambda row: "*" if row["current"] else " "),
            Field("name", lambda row: row["name"], foldable=True),
            Field("servers", lambda row: ", ".join(row.get("servers", ())) or None, foldable=True),
            text("project"),
            text("output"),
            *(text(key, wide=True) for key in _CREDENTIALS),
        ),
        lambda row: row["name"],
    )


@app.command("list")
@listed
def list_contexts(ctx: typer.Context, filter_: Filter = "", columns: Columns = "", sort_by: SortBy = "") -> None:
    """List contexts. The current one has a star."""
    requested = view(ctx, _table(), columns, sort_by, filter_)
    found = _read()
    rows = [_row(found, name) for name in sorted(found.by_name)]
    show_items(ctx, requested, rows, "contexts", lambda row: row, "No contexts yet: chronovisor context set NAME.")


def _row(found: Contexts, name: str) -> Row:
    return {"name": name, "current": name == found.current, **found.by_name[name]}


def _read() -> Contexts:
    try:
        return contexts.read()
    except BadContexts as error:
        raise Misused(str(error)) from None


@app.command()
@listed
def show(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(autocompletion=complete_context, metavar="[NAME]", help="The context; default: the one in use."),
    ] = "",
) -> None:
    """Show one context."""
    found = _read()
    name = name or settings_of(ctx).context_name or found.current
    if not name:
        raise Misused("No context is in use: chronovisor context use NAME")
    _known(found, name)
    row = _row(found, name)
    if settings_of(ctx).is_data:
        show_document(ctx, row)
    elif settings_of(ctx).output in (Output.CSV, Output.NAME):
        show_items(ctx, view(ctx, _table()), [row], "contexts", lambda each: each, "")
    else:
        facts = [("name", name), ("current", "yes" if row["current"] else "no")]
        facts += [("servers", ", ".join(row.get("servers", ())))]
        facts += [(key.replace("_", " "), row.get(key, "")) for key in contexts.KEYS[1:]]
        show_facts([*facts, ("file", str(contexts.file()))])


def _write(found: Contexts) -> None:
    try:
        contexts.write(found)
    except BadContexts as error:
        raise Misused(str(error)) from None


def _known(found: Contexts, name: str) -> None:
    try:
        found.get(name)
    except BadContexts as error:
        raise Misused(str(error)) from None


@app.command()
def use(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(autocompletion=complete_context, metavar="NAME", help="The context.")] = "",
    none: Annotated[bool, typer.Option("--none", help="Use no context.")] = False,
) -> None:
    """Use a context from now on, in every command that names no other."""
    if bool(name) == none:
        raise Misused("Give one of NAME and --none")
    found = _read()
    if name:
        _known(found, name)
    found.current = name
    _write(found)
    _done(ctx, found, name, f"{name} is in use." if name else "No context is in use.")


@app.command("set")
def set_context(
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(autocompletion=complete_context, metavar="NAME", help="The context, such as prod.")
    ],
    server: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST:PORT", help="Where its control plane listens. Repeatable: the next that answers."),
    ] = None,
    project: Annotated[str | None, typer.Option(metavar="NAME", help="Project of VMs named by their id.")] = None,
    shown_as: Annotated[
        Output | None, typer.Option("--default-output", help="How its lists are shown by default.")
    ] = None,
    ca_file: Annotated[str | None, typer.Option(metavar="FILE", help="TLS: whom to trust, as PEM.")] = None,
    cert_file: Annotated[str | None, typer.Option(metavar="FILE", help="TLS: your certificate, as PEM.")] = None,
    key_file: Annotated[str | None, typer.Option(metavar="FILE", help="TLS: the key of your certificate.")] = None,
    token_file: Annotated[str | None, typer.Option(metavar="FILE", help="A bearer token, read anew each run.")] = None,
    token_command: Annotated[
        str | None, typer.Option(metavar="COMMAND", help="A program that prints a bearer token.")
    ] = None,
    issuer: Annotated[
        str | None, typer.Option(metavar="URL", help="The OpenID Connect issuer of `chronovisor login`.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(metavar="ID", help="What the command line is called there: a public client.")
    ] = None,
    audience: Annotated[str | None, typer.Option(metavar="NAME", help="Whom its tokens are for.")] = None,
    scope: Annotated[
        str | None, typer.Option(metavar="NAMES", help="What is requested there; `openid offline_access` by default.")
    ] = None,
    issuer_ca_file: Annotated[
        str | None, typer.Option(metavar="FILE", help="TLS to the issuer: whom to trust, as PEM.")
    ] = None,
    use_it: Annotated[bool, typer.Option("--use", help="Use it from now on.")] = False,
) -> None:
    """Make a context, or change what is given of one. An empty value, such as `--project ""`, takes it away.

    The file is written anew, for you alone to read: comments in it are lost.
    """
    found = _read()
    try:
        values = found.by_name.setdefault(contexts.checked_name(name), {})
    except BadContexts as error:
        raise Misused(str(error)) from None
    files = {"ca_file": ca_file, "cert_file": cert_file, "key_file": key_file, "token_file": token_file}
    files["issuer_ca_file"] = issuer_ca_file
    texts = {"project": project, "output": shown_as and shown_as.value, "token_command": token_command}
    texts |= {"issuer": issuer, "client_id": client_id, "audience": audience, "scope": scope}
    # A file is meant as it is named here, wherever the next command is run.
    texts |= {key: str(Path(path).expanduser().absolute()) if path else path for key, path in files.items()}
    for key, value in texts.items():
        if value is not None:
            values[key] = value
    if server is not None:
        values[contexts.SERVERS] = _addresses([part for each in server for part in each.split(",") if part])
    found.by_name[name] = {key: value for key, value in values.items() if value}
    found.current = name if use_it else found.current
    _write(found)
    in_use = "" if found.current == name else f" Use it: chronovisor context use {name}"
    _done(ctx, found, name, f"{name} is set.{in_use}")


def _addresses(given: list[str]) -> list[str]:
    try:
        return [address(each) for each in given]
    except ValueError as error:
        raise Misused(f"--server: {error}") from None


@app.command()
def delete(ctx: typer.Context, name: Name) -> None:
    """Forget a context."""
    found = _read()
    _known(found, name)
    del found.by_name[name]
    was_current = found.current == name
    found.current = "" if was_current else found.current
    _write(found)
    _done(ctx, found, "", f"{name} is deleted.{' No context is in use.' if was_current else ''}")


def _done(ctx: typer.Context, found: Contexts, name: str, text: str) -> None:
    if settings_of(ctx).is_data:
        show_document(ctx, _row(found, name) if name else {"current": found.current})
    else:
        say(escaped(text))
