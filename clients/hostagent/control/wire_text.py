"""Words of the machine as a message can carry them: valid UTF-8 of bounded length. What they mean is not looked at."""


def wire_text(text: str, most: int) -> str:
    """At most so many characters. What is no text, as in a file name of other bytes, becomes question marks."""
    return text[:most].encode("utf-8", "replace").decode()
