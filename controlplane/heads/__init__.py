"""Signed heads of the ledger: the key, the notes that it signs, and where they are published."""
