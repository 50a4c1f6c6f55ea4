"""NetworkService."""
