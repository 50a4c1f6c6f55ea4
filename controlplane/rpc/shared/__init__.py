"""What the services share: validation, conversion, read positions."""
