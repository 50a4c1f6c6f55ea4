"""Whether the ledger is what was written, and may have been written: seals, rules, and what was folded from it."""
