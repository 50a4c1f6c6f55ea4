"""Signing in at an OpenID Connect issuer, and the tokens that come of it. Of the command line; needs its extra."""
