"""The host agent: makes a host's guests as desired, and reports them. Knows the protos alone of the control plane."""
