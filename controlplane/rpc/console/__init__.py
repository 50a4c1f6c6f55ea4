"""ConsoleService."""
