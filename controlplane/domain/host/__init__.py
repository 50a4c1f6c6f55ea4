"""The host: its states, its decisions, its aggregate. Pure."""
