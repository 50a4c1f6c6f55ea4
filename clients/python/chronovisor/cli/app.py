"""The entry point: the nouns, loaded when they are used, and how a run ends."""

import importlib
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main

from chronovisor import program
from chronovisor.cli.exit_codes import EPILOG, Exit
from chronovisor.cli.settings import Output, Settings, with_shared_options
from chronovisor.verbs import VM_VERBS

if TYPE_CHECKING:
    from typer._click.core import Command, Context

# In the order of the help.
NOUNS = {
    "vm": f"VMs: create, update, list, show, {', '.join(verb.command for verb in VM_VERBS)}.",
    "host": "Hosts: the machines that run VMs.",
    "apply": "A fleet as YAML files declare it: projects, hosts' terms, VMs. Shows what changes first.",
    "export": "What there is, as YAML for `apply`.",
    "run": "A file of commands on VMs, sent together over one call.",
    "placement": "Why VMs are where they are.",
    "rebalance": "Live migrations that free hosts, make every rule obeyed again, or balance what is used.",
    "capacity": "Whether what would fail could be placed again.",
    "project": "Projects: the tenants that VMs belong to, and their quotas.",
    "image": "Images: the disks that VMs are cloned from. Import, list, show, deprecate, delete.",
    "network": "Networks of VMs: their addresses, who holds which, and who reaches whom.",
    "security-group": "Security groups: who reaches VMs, and whom they reach.",
    "service-account": "Service accounts: the names that programs call by, and their tokens.",
    "access": "Who has which roles where, and why somebody may do something: grant, revoke, policy, explain, test.",
    "role": "Roles: the named lists of permissions that are granted.",
    "whoami": "Who the control plane takes you for, how that was proven, and which roles you have.",
    "utilization": "How much there is, and what of it is allocated, used and free.",
    "usage": "What was held, times how long: vCPU-hours and GiB-hours, by project, VM or label.",
    "at": "What was, at any moment of the past: VMs, hosts, projects, utilization.",
    "diff": "What changed between two moments.",
    "why": "How a VM came to be what it is: who requested what, what was decided, what its agent reported.",
    "replay": "A VM's life, step by step, with what each event changed.",
    "history": "What happened: when, who, why. Of a VM, a host, or everything.",
    "what-if": "What would have happened under another policy, other ratios or with other hosts.",
    "operation": "Work under way: list, show, wait.",
    "audit": "That nothing was altered: verify the ledger, prove an event, show a seal, check totals.",
    "metrics": "What Prometheus scrapes: of the control plane, the fleet, or a project and its VMs.",
    "privacy": "What the ledger knows of people, and how that is forgotten.",
    "login": "Sign in at an OpenID Connect issuer: in a browser of this machine, or by a code on any other.",
    "logout": "Sign out: the tokens that `login` keeps are taken back and deleted.",
    "context": "Control planes by name: where they are, credentials for them, and what is shown by default.",
    "top": "The whole fleet in one terminal, as it changes; keys step back in time.",
    "doctor": "What is wrong with this set-up, and what to do: the control plane, its fleet, and this machine.",
    "completion": "Completion of commands and names for bash, zsh and fish.",
}


class Nouns(typer.core.TyperGroup):
    """Loads a noun's module when the noun is used: `--help` needs no gRPC."""

    def get_command(self, ctx: "Context", cmd_name: str) -> "Command | None":
        if cmd_name in NOUNS and cmd_name not in self.commands:
            return typer.core.TyperCommand(cmd_name, help=NOUNS[cmd_name])
        return super().get_command(ctx, cmd_name)

    def invoke(self, ctx: "Context") -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            # Typer would end with a code alone.
            raise program.Ended(error) from None

    def list_commands(self, ctx: "Context") -> list[str]:
        return list(NOUNS)

    def resolve_command(self, ctx: "Context", args: list[str]) -> "tuple[str | None, Command | None, list[str]]":
        # Only the noun in use: the names alone are enough to suggest one for a typing error.
        for noun in NOUNS:
            if noun not in self.commands:
                self.commands[noun] = load(noun) if args and args[0] == noun else typer.core.TyperCommand(noun)
        return super().resolve_command(ctx, args)


def module_of(noun: str) -> str:
    return f"chronovisor.cli.commands.{noun.replace('-', '_')}"


def load(noun: str) -> "Command":
    """The commands of a noun, with the options of every command."""
    module = importlib.import_module(module_of(noun))
    command = with_shared_options(typer.main.get_command(module.app))
    command.name, command.help = noun, NOUNS[noun]
    return command


app = typer.Typer(cls=Nouns, epilog=EPILOG, pretty_exceptions_enable=False, no_args_is_help=True)


def _version(requested: bool) -> None:
    if requested:
        typer.echo(f"chronovisor {importlib.import_module('importlib.metadata').version('chronovisor')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Drive VMs through a Chronovisor control plane, and see what they were at any time.

    Names can be ids (`web-1`) or whole (`projects/shop/vms/web-1`).
    """


def main(args: Sequence[str] | None = None) -> int:
    """Runs one command line (default: the program's own) and returns its exit code."""
    if args is None:
        args = sys.argv[1:]
        program.on_sigterm()
        program.widen()
    with program.guarded_streams() as (out, _):
        settings = Settings()
        code = _run(args, settings)
        settings.settle()
        if program.requests_json(args):
            settings.given["output"] = Output.JSON
        return program.output_code(out, code, partial(_failures().show, settings=settings) if out.error else _nothing)


def _run(args: Sequence[str], settings: Settings) -> int:
    command = with_shared_options(typer.main.get_command(app), root=True)
    try:
        ended = command.main(args=list(args), prog_name="chronovisor", standalone_mode=False, obj=settings)
    except KeyboardInterrupt as error:
        settings.settle()
        return _failures().interrupted(error, settings)
    except Exception as error:  # noqa: BLE001 - the end of the process: every error becomes a sentence and a code
        if isinstance(error, typer.TyperException) and program.requests_json(args):
            # The option may not have been reached when the command line made no sense.
            settings.given["output"] = Output.JSON
        settings.settle()
        return _failures().report(error, settings)
    return ended if isinstance(ended, int) else Exit.OK


def _failures() -> Any:
    return importlib.import_module("chronovisor.cli.text.error_text")


def _nothing(*_: str) -> None:
    """There is nothing to report."""
