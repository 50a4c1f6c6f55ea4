"""What Prometheus is given of an agent, its host and its guests."""
