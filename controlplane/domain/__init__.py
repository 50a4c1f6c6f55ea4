"""The pure rules of VMs, hosts and projects: decide and evolve. No clock, no randomness, no I/O, no logging."""
