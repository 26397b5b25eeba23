"""Words in Markdown, in which nothing acts."""

_ACTIVE = frozenset("\\`*_[]<>|~$&#!")


def escaped(text: str) -> str:
    """Return `text` with a backslash before every character that may act."""
    return "".join(f"\\{c}" if c in _ACTIVE else c for c in text)
