"""PrivacyService."""
