"""Whether this machine can have networks of VMs: what the agent may do, and the programs that it needs."""

import shutil

from hostagent.network.namespaces import capabilities

PROGRAMS = ("nft", "dnsmasq", "nsenter")
# By their numbers: namespaces are mounted.
_NET_ADMIN, _SYS_ADMIN = 12, 21


def why_no_networks() -> str:
    """Empty: it can."""
    if not {_NET_ADMIN, _SYS_ADMIN} <= capabilities():
        return "the agent has no capability NET_ADMIN or SYS_ADMIN; run it as root"
    missing = [each for each in PROGRAMS if shutil.which(each) is None]
    return f"{', '.join(missing)} cannot be found; on Debian: apt-get install nftables dnsmasq-base" if missing else ""
