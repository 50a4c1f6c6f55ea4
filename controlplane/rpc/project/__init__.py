"""ProjectService."""
