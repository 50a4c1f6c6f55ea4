"""The only place that writes: the store, the writer, and the dispatcher of committed events."""
