"""Snapshots of the fleet, as the ledger keeps them and vouches for them."""
