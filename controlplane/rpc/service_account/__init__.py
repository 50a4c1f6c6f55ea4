"""ServiceAccountService."""
