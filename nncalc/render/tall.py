"""Matrices over several lines: a text with marked matrices in it as a block of lines, the text on the middle one.

Knows texts alone; the printer marks the matrices.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from nncalc.language.brackets import CELL, CLOSE, OPEN_TALL, ROW
from nncalc.language.formula import ACROSS, DOWN

#: The brackets of one row, and those of the first, a middle and the last of several.
_PAPER = ("[]", "⎡⎤", "⎢⎥", "⎣⎦")
_ASCII = ("[]", "[]", "[]", "[]")
#: What stands in the middle of a row, or a column, that does not fit.
_LEFT_OUT = (ACROSS, "...")
_DOTS = frozenset({ACROSS, DOWN, "..."})


class Block(NamedTuple):
    """Lines of one width, and which of them the text stands on."""

    lines: tuple[str, ...]
    middle: int


def width(text: str) -> int:
    """Return how many columns of a terminal `text` takes.

    >>> width("ŷ = 1"), width("x̂"), width("漢")
    (5, 1, 2)
    """
    if text.isascii() and OPEN_TALL not in text:
        return len(text)
    if OPEN_TALL in text:
        return width(block(text).lines[0])
    return len(text) + sum(text.count(c) * _more(c) for c in set(text) if _more(c))


@cache
def _more(character: str) -> int:
    """Return how many columns more than one a character takes."""
    if unicodedata.combining(character):
        return -1
    return int(unicodedata.east_asian_width(character) in "WF")


def padded(text: str, columns: int) -> str:
    return text + " " * (columns - width(text))


@lru_cache(maxsize=4_096)
def block(text: str) -> Block:
    """Return a text as lines of one width, its matrices over several.

    >>> from nncalc.language.parser import parse
    >>> from nncalc.language.printer import Style, show
    >>> marked = show(parse("[[1.5, -2], [10, 0.25]]*x"), Style(paper=True, dot=False, tall=True))
    >>> block(marked).lines
    ('⎡ 1.5 −2   ⎤ x', '⎣10    0.25⎦  ')
    """
    if OPEN_TALL not in text:
        return Block((text,), 0)
    pieces = [_drawn(piece) if piece.startswith(OPEN_TALL) else Block((piece,), 0) for piece in _pieces(text)]
    above = max(piece.middle for piece in pieces)
    height = above + max(len(piece.lines) - piece.middle for piece in pieces)
    lines = ["".join(line) for line in zip(*(_placed(piece, above, height) for piece in pieces), strict=True)]
    return Block(tuple(lines), above)


def placed(texts: Sequence[str]) -> tuple[list[list[str]], int]:
    """Return the lines of texts that stand beside each other, a list a line, and which line they stand on."""
    blocks = [block(text) for text in texts]
    above = max(each.middle for each in blocks)
    height = above + max(len(each.lines) - each.middle for each in blocks)
    return [list(line) for line in zip(*(_placed(each, above, height) for each in blocks), strict=True)], above


def _placed(found: Block, above: int, height: int) -> list[str]:
    """Return the lines of a block among so many, with so many above the one that the text stands on."""
    blank = " " * width(found.lines[0])
    first = above - found.middle
    return [*[blank] * first, *found.lines, *[blank] * (height - first - len(found.lines))]


def _pieces(text: str) -> list[str]:
    """Return a text cut before and after each matrix."""
    first, *others = text.split(OPEN_TALL)
    parts = [each.partition(CLOSE) for each in others]
    found = [first, *(piece for matrix, close, after in parts for piece in (OPEN_TALL + matrix + close, after))]
    return [piece for piece in found if piece]


def _entries(matrix: str) -> list[list[str]]:
    return [row.split(CELL) for row in matrix[2:-1].split(ROW)]


def _drawn(matrix: str) -> Block:
    """Return a marked matrix as lines, its columns aligned at the decimal point."""
    rows = _entries(matrix)
    columns = [_aligned(column) for column in zip(*rows, strict=True)]
    between = "  " if any(" " in entry for row in rows for entry in row) else " "
    only, *ends = _ASCII if matrix[1] == "[" else _PAPER
    places = [only] if len(rows) == 1 else [ends[0], *[ends[1]] * (len(rows) - 2), ends[2]]
    lines = [
        place[0] + between.join(line) + place[1] for place, line in zip(places, zip(*columns, strict=True), strict=True)
    ]
    return Block(tuple(lines), (len(lines) - 1) // 2)


def _aligned(column: Sequence[str]) -> list[str]:
    """Return the entries of a column with their decimal points under each other.

    >>> _aligned(["1.5", "−10", "0.25"])
    ['  1.5 ', '−10   ', '  0.25']
    """
    before = [0 if entry in _DOTS else width(entry.partition(".")[0].partition("e")[0]) for entry in column]
    left = max(before)
    whole = [" " * (left - size) + entry for size, entry in zip(before, column, strict=True)]
    most = max(map(width, whole))
    return [
        entry.center(most) if entry in _DOTS else padded(text, most) for entry, text in zip(column, whole, strict=True)
    ]


# -- what does not fit ------------------------------------------------------------------------------------


def narrowed(text: str, room: int) -> str:
    """Return a text in which a matrix that is wider than `room`, with what touches it, lacks columns in its middle."""
    pieces = _pieces(text)
    for place, piece in enumerate(pieces):
        if piece.startswith(OPEN_TALL):
            touching = [*pieces[place - 1 : place], *pieces[place + 1 : place + 2]]
            left = width(touching[0].rpartition(" ")[2]) if place else 0
            right = width(touching[-1].partition(" ")[0]) if place < len(pieces) - 1 else 0
            pieces[place] = _cut(piece, room - left - right)
    return "".join(pieces)


def _cut(matrix: str, room: int) -> str:
    rows = _entries(matrix)
    if width(matrix) <= room or len(rows[0]) == 1:
        return matrix
    dots = _LEFT_OUT[matrix[1] == "["]
    found = matrix
    for left in range((len(rows[0]) - 1) // 2, -1, -1):
        kept = [[*row[: left or 1], dots, *row[len(row) - left :]] for row in rows]
        found = matrix[:2] + ROW.join(CELL.join(row) for row in kept) + CLOSE
        if width(found) <= room:
            break
    return found


def in_line(text: str) -> str:
    """Return a text with its matrices in one line each."""
    return "".join(
        "[" + "; ".join(" ".join(row) for row in _entries(piece)) + "]" if piece.startswith(OPEN_TALL) else piece
        for piece in _pieces(text)
    )


def broken(text: str, room: int, more: str = "  ") -> list[str]:
    """Return a text in pieces of at most `room` columns, those after the first with `more` before them.

    It is broken before an operator, the loosest there is, and where there is none at a blank; a number or a name stays
    whole however wide it is.
    """
    found: list[str] = []
    before = ""
    while width(before + text) > room:
        at = _break(text, room - len(before))
        if at is None:
            break
        found.append(before + text[:at])
        before, text = more, _signed(text, at)
    return [*found, before + text]


def _signed(text: str, at: int) -> str:
    """Return what follows a blank, with the sign of a product that goes on in the next line."""
    rest = text[at + 1 :]
    product = text[at - 1] != "," and rest.partition(" ")[0] not in _LOOSE and not _is_in_matrix(rest)
    return f"· {rest}" if product else rest


def _is_in_matrix(rest: str) -> bool:
    """Return whether what follows a blank begins between square brackets, where blanks part the entries of a row."""
    return next((character for character in rest if character in "[]"), "") == "]"


#: How tightly operators hold what is before and after them; a blank is a product, and holds more.
_LOOSE = {
    **dict.fromkeys(("=", "≈", "~=", "≠", "!="), 0),
    **dict.fromkeys("+−-", 1),
    **dict.fromkeys(("·", "⊙", "⊘", "/", "⊗", "⋆", "*", ".*", "./"), 2),
}
_PRODUCT = 3


def _break(text: str, room: int) -> int | None:
    """Return at which blank to break a text: the last that fits of the loosest, else the first; None without one."""
    places = list(_blanks(text))
    fitting = [place for place in places if place.before <= room]
    if fitting:
        least = min((place.depth, place.strength) for place in fitting)
        return max(place.at for place in fitting if (place.depth, place.strength) == least)
    return places[0].at if places else None


class _Blank(NamedTuple):
    """A blank of a text: where, how deep in brackets, how tightly it holds, how wide the text before it is."""

    at: int
    depth: int
    strength: int
    before: int


def _blanks(text: str) -> list[_Blank]:
    """Return the blanks at which a text may be broken: none in a matrix, none after an operator."""
    found: list[_Blank] = []
    depth = before = last = 0
    inside = False
    for at, character in enumerate(text):
        inside = character == OPEN_TALL or (inside and character != CLOSE)
        depth += (character in "([") - (character in ")]")
        if character != " " or inside:
            continue
        if text[text.rfind(" ", 0, at) + 1 : at] in _LOOSE:
            continue  # it belongs to the operator before it
        before, last = before + width(text[last:at]), at
        follows = text[at + 1 :].partition(" ")[0]
        strength = 0 if text[at - 1] == ";" else _LOOSE.get(follows, _PRODUCT)  # between the rows of a matrix
        found.append(_Blank(at, depth, strength, before))
    return found
