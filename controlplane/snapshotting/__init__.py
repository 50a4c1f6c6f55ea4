"""Snapshots of the fleet, taken beside the server, so that a start need not fold the whole ledger."""
