"""Rules that say which hosts a VM may be placed on. Pure."""
