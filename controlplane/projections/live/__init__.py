"""Read models of the present, in memory."""
