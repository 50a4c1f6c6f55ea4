"""Browsers that sign in at OpenID Connect issuers: their tokens are in a cookie that the gateway alone can read."""
