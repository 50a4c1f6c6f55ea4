"""What agents measure, in memory."""
