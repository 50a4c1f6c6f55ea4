"""The agent's promise that its guests are stopped so long after its lease is gone, whether the agent lives or not."""
