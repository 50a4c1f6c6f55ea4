"""The bytes of images: how they come in, are checked, and are kept. Knows no ledger and no transport."""
