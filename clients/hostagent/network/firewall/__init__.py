"""Rules for nftables: what is to be there, and what makes it so."""
