"""The command line `chronovisor`: one module a noun, on the client library."""
