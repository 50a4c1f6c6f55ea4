"""The read database, as it is written: from committed events to rows."""
