"""What holds for a whole run of the tests: order, randomness, signals, and that nothing is left behind."""
