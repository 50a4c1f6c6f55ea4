"""Chronovisor's control plane: RPC, command, decide, ledger, projection, query, in that order and one way."""
