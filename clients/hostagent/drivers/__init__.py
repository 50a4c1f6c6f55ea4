"""Drivers: how one kind of hypervisor is read and changed. What is wanted of it is decided elsewhere."""
