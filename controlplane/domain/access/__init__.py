"""Who may do what: principals, permissions, roles and the bindings of both. Pure."""
