"""Keys that can be destroyed, outside the ledger."""
