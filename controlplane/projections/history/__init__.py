"""The read database, as it is read: rows valid from one position to another."""
