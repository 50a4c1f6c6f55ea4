"""The project: its states, its aggregate. Pure."""
