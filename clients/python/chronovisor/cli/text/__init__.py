"""What the command line prints, as text."""
