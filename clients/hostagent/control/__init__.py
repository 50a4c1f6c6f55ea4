"""The agent's conversation with the control plane."""
