"""Security groups: who reaches the VMs that are in them, and whom they reach."""
