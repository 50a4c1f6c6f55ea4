"""The service account: its states, its tokens, its aggregate. Pure."""
