"""What holds for a whole run of the tests: order, chance, signals, what is slow, and that nothing is left behind."""
