"""MetricsService."""
