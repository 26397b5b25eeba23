"""What Markdown needs: words in which nothing acts, and tables of them; and what no line ends after."""

from collections.abc import Sequence

_ACTIVE = frozenset("\\`*_[]<>|~$&#!")


def escaped(text: str) -> str:
    """Return `text` with a backslash before every character that may act."""
    return "".join(f"\\{c}" if c in _ACTIVE else c for c in text)


def bound(text: str) -> str:
    """Return `text` in which no line ends between ≈ and its number."""
    return text.replace("≈ ", "≈\N{NO-BREAK SPACE}")


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    r"""Return a table of words, without the columns that no row fills.

    >>> print(table(["name", "note", "is"], [["x", "", "a|b"]]))
    | name | is |
    | --- | --- |
    | x | a\|b |
    """
    kept = [place for place in range(len(heads)) if any(row[place] for row in rows)]
    lines = [heads, ["---"] * len(heads), *[[escaped(cell) for cell in row] for row in rows]]
    return "\n".join(f"| {' | '.join(line[place] for place in kept)} |" for line in lines)


def listed(notes: Sequence[str]) -> str:
    """Return a list of words, an item each."""
    return "\n".join(f"- {escaped(note)}" for note in notes)
