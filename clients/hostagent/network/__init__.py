"""A host's part of networks of VMs: bridges, tunnels, routers, and what guests may send and receive."""
