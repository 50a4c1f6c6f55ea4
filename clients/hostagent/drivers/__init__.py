"""Drivers: how one kind of hypervisor is read and changed. Steps are decided elsewhere."""
