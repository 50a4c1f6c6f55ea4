"""Reads: what is, from projections, and what was, from the ledger. Change nothing."""
