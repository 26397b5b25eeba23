"""Text that is safe to show: what a file or a user wrote may hold control characters."""

from __future__ import annotations


def safe(text: str, most: int = 4_000) -> str:
    """Return `text` with every character that is not printable escaped, cut to `most` characters."""
    if len(text) > most:
        text = text[:most] + " ..."
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
