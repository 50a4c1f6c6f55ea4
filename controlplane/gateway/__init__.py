"""HTTP beside gRPC: a process that hands calls on to the control plane, and serves the console. No rule lives here."""
