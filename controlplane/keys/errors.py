"""What the keys' room raises. Free of any transport."""


class KeysUnavailable(RuntimeError):
    """Keys cannot be read or written now: their file, or what has the master key, does not answer."""


class KeyDestroyed(Exception):
    """There is no such key any more, or there never was."""
