"""The host agent: makes one host so, and tells what it sees. Knows the protos and nothing else of the control plane."""
