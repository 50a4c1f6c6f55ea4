"""HostService."""
