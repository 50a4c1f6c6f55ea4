"""The RFC 6962 tree over all events: what the writer keeps of it, what is stored of it, and proofs from it."""
