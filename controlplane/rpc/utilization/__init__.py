"""UtilizationService."""
