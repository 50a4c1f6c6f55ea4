"""Traces of the control plane: spans of calls, of decisions, commits and rows. Made where traces are on, alone."""
