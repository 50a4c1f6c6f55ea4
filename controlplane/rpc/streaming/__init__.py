"""The streams: what is committed, as it is committed, after any position."""
