"""Networks of a project's VMs: what they are, and which addresses they have to give."""
