"""The VM: its states, its decisions, its aggregate. Pure."""
