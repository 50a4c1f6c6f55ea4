"""Committed events on their way to followers and streams."""
