"""VmService."""
