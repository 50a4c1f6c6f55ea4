"""What each command loads, decides and records: one module a noun. Runs inside the writer; does no I/O."""
