"""The part of libvirt-python's libvirt_qemu that the agent uses, typed."""

from libvirt import virDomain

def qemuAgentCommand(domain: virDomain, cmd: str, timeout: int, flags: int) -> str: ...
