"""The image: its states, its aggregate. Pure."""
