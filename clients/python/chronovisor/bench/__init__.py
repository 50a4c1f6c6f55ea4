"""`chronovisor-bench`: replays real requests against a control plane, and compares. Knows the protos alone."""
