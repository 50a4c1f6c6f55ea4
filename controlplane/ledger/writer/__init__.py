"""The one writer, in the order of a command's life: queue, deciding, idempotency, replica, snapshotting."""
