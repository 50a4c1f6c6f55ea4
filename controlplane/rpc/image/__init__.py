"""ImageService."""
