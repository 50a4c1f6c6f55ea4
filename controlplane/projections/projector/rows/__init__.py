"""From committed events to rows of the read database: folded, and written many at once."""
