"""Streams that resume where they broke off."""
