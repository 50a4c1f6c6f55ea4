"""The table of handlers: every command has one, and answers what its class says."""

import dataclasses
import importlib
import pkgutil
from typing import Any, get_args, get_type_hints

import pytest

from controlplane import commands
from controlplane.commands.handlers import HANDLERS, handle
from controlplane.commands.vm import PassDeadline, VmCommand
from controlplane.domain.command import Command
from controlplane.domain.errors import NotFound
from controlplane.domain.unit_of_work import UnitOfWork
from controlplane.domain.vm.states import Verb
from tests.support.controlplane import World


def command_classes() -> set[type[Command[Any]]]:
    """Every class of the room that is a command."""
    modules = [
        importlib.import_module(f"{commands.__name__}.{each.name}") for each in pkgutil.iter_modules(commands.__path__)
    ]
    members = [member for module in modules for member in vars(module).values()]
    return {each for each in members if isinstance(each, type) and issubclass(each, Command) and each is not Command}


def test_every_command_has_a_handler_and_every_handler_a_command() -> None:
    assert command_classes() == HANDLERS.keys()
    assert len(set(HANDLERS.values())) == len(HANDLERS)


@pytest.mark.parametrize("kind", HANDLERS, ids=lambda kind: kind.__name__)
def test_a_handler_takes_its_command_and_gives_the_answer_that_the_command_names(kind: type[Command[Any]]) -> None:
    (base,) = kind.__orig_bases__  # pyright: ignore
    hints = list(get_type_hints(HANDLERS[kind]).values())
    assert hints == [UnitOfWork, kind, *get_args(base)]


@pytest.mark.parametrize("kind", HANDLERS, ids=lambda kind: kind.__name__)
def test_a_command_is_a_value(kind: type[Command[Any]]) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # pyright: ignore
    assert "__slots__" in vars(kind)


def test_a_command_says_in_a_log_what_it_is() -> None:
    assert repr(PassDeadline("uid-web", 3, "busy")) == "PassDeadline(vm_uid='uid-web', version=3, error='busy')"


def test_a_refusal_is_raised() -> None:
    world = World()
    world.project()
    with pytest.raises(NotFound):
        world.decide(lambda unit: handle(unit, VmCommand(Verb.START, "projects/default/vms/nobody")))
