"""Who calls: what proves it, from outside. Knows the domain, and never the edge."""
