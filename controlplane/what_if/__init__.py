"""What-if replays: a fleet from the past, carried on under other rules, whole in this room."""
