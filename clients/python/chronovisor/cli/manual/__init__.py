"""The manual of the command line, from its own tree of commands: man pages, and a page of the reference."""
