"""The choice of a host for a VM: constraints, then a score. Pure; reads hosts, changes nothing."""
