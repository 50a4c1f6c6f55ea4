"""The whole fleet in one terminal, now and at any past moment: `chronovisor top`. Needs textual, the extra `top`."""
