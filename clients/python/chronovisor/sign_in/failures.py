"""Why nobody is signed in. Loads nothing."""


class SignInFailed(Exception):
    """No token could be had: the text is one sentence, without any secret."""
