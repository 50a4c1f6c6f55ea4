"""Queries of the events themselves: history, causes, changes."""
