"""What powers a host off and reads that back: fencers by kind, and which host has which. Knows the domain alone."""
