"""The only place that writes: the store, the writer, and the feed of committed events."""
