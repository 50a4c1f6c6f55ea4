"""Checks of this machine: the user's configuration, files that others may read, KVM, libvirt, completion. No calls."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from chronovisor.cli import contexts
from chronovisor.cli.doctor.findings import Finding, fine, problem, skipped, warning
from chronovisor.cli.doctor.set_up import SetUp

_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_WRITABLE = stat.S_IWGRP | stat.S_IWOTH
# Below the homes of control planes and agents: what is secret there.
_SECRETS = ("keys", "keys/*", "pki", "pki/*.key", "signing.key", "agent/identity", "agent/identity/host.pem")
_READ_WRITE = os.R_OK | os.W_OK
# Where each shell reads of completion, below the user's home. Of fish it is a file of its own.
_RC_FILES = {
    "bash": (".bashrc", ".bash_profile", ".bash_completion"),
    "zsh": (".zshrc",),
    "fish": (".config/fish/completions/chronovisor.fish", ".config/fish/config.fish"),
}


def configuration(set_up: SetUp) -> Iterator[Finding]:
    file = contexts.file()
    try:
        known = contexts.read()
        used = set_up.settings.context_name or known.current
        if used:
            known.get(used)
    except contexts.BadContexts as error:
        yield problem(str(error), f"correct {file}, or write it anew: chronovisor context set --help")
        return
    if not file.exists():
        yield fine(f"no contexts: {file} is not there")
    else:
        yield fine(f"{file}, {f'context {used}' if used else 'no context in use'}")


def files(set_up: SetUp) -> Iterator[Finding]:
    """Secrets that others of this machine may read, and a configuration that they may write: it names programs."""
    found = list(_exposed(set_up))
    yield from found
    if not found:
        yield fine("no key, token or configuration of yours is open to others")


def _exposed(set_up: SetUp) -> Iterator[Finding]:
    settings = set_up.settings
    given = [Path(each) for each in (settings.token_file, settings.key_file) if each]
    tokens = contexts.file().parent / "tokens"
    below = [path for home in set_up.machine.homes for pattern in _SECRETS for path in _found(home, pattern)]
    for path in [*given, *_found(tokens, "*.json"), *below]:
        mode = _mode(path)
        if mode & _OF_OTHERS:
            yield problem(
                f"{path} is open to others (mode {stat.S_IMODE(mode):o})",
                f"close it: chmod {700 if stat.S_ISDIR(mode) else 600} {path}; what it had may be known by now",
            )
    if _mode(contexts.file()) & _WRITABLE:
        yield problem(f"others may write {contexts.file()}", f"close it: chmod 600 {contexts.file()}")


def _found(folder: Path, pattern: str) -> list[Path]:
    try:
        return sorted(folder.glob(pattern))
    except OSError:
        # Another user's, which is as it should be.
        return []


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except OSError:
        return 0


def kvm(set_up: SetUp) -> Iterator[Finding]:
    machine = set_up.machine
    if not _is_host(set_up):
        yield skipped("no libvirt here: this machine runs no guests")
    elif not machine.kvm.exists():
        where = "in its firmware" if not _has_virtualization(machine.cpus) else "by loading kvm_intel or kvm_amd"
        yield warning(
            f"no {machine.kvm}: guests are emulated, and slow",
            f"enable virtualization {where}; of a machine that is a guest itself, where that one runs",
        )
    elif not machine.may(machine.kvm, _READ_WRITE):
        yield warning(f"you may not use {machine.kvm}", "an agent of your own: usermod -aG kvm NAME, and sign in again")
    else:
        yield fine(f"{machine.kvm} can be used")


def _is_host(set_up: SetUp) -> bool:
    return any(each.parent.is_dir() for each in set_up.machine.libvirt)


def _has_virtualization(cpus: Path) -> bool:
    try:
        flags = cpus.read_text().split()
    except OSError:
        return False
    return "vmx" in flags or "svm" in flags


def libvirt(set_up: SetUp) -> Iterator[Finding]:
    machine = set_up.machine
    sockets = [each for each in machine.libvirt if each.is_socket()]
    if not _is_host(set_up):
        yield skipped("no libvirt here: this machine runs no guests")
    elif not sockets:
        # It may be another program's, and this machine no host.
        yield warning(
            f"libvirt is installed and does not listen at {machine.libvirt[0]}",
            "start it: systemctl start libvirtd, or virtqemud.socket",
        )
    elif not machine.may(sockets[0], _READ_WRITE):
        yield warning(f"you may not use {sockets[0]}", "an agent of your own: usermod -aG libvirt NAME, then sign in")
    else:
        yield fine(f"{sockets[0]} can be used")


def completion(set_up: SetUp) -> Iterator[Finding]:
    shell = Path(set_up.machine.environment.get("SHELL", "")).name
    if shell not in _RC_FILES:
        yield skipped(f"there is none for {shell or 'no shell'}: for {', '.join(_RC_FILES)} alone")
        return
    for name in _RC_FILES[shell]:
        file = set_up.machine.user_home / name
        if file.is_file() and "chronovisor" in file.read_text(errors="replace"):
            yield fine(f"{shell} completes, by {file}")
            return
    yield warning(f"{shell} does not complete commands and names", "see how: chronovisor completion --help")
