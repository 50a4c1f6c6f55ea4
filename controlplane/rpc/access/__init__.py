"""Who calls, and whether they may: before any method looks at its request."""
