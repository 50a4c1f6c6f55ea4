"""`chronovisor apply`: a fleet as files declare it, compared with what is, and made so."""
