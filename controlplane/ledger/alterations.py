"""Alterations: faults of a store that answers, and does something else than was requested."""


class StoreAltered(Exception):
    """The store was changed so that it does not keep what is appended; the message says how.

    No outage: nothing is gained by trying again, and nothing that it answers to an append can be acknowledged.
    """
