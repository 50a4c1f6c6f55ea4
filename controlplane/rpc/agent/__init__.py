"""AgentService: the sessions of host agents."""
