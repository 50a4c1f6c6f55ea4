"""Rebalances: plans of migrations that are carried out. Pure."""
