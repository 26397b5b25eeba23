"""Lines for a terminal: in columns where they fit, else one thing under the other; in colour.

Colour never carries meaning alone: without it the text is the same. Knows the few control sequences there are for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.render.colour import is_wanted
from nncalc.render.layout import Line, Piece, lines, room

BOLD, DIM, MAGENTA, CYAN = 1, 2, 35, 36
#: How the pieces of a line look, on a light background and on a dark one: a formula as the terminal writes anyway.
LOOKS: Final = {"heading": BOLD, "name": CYAN, "substituted": MAGENTA, "value": BOLD, "remark": DIM}


def render(page: Page, style: Style) -> str:
    """Return the page as text for this terminal, with its control sequences."""
    return coloured(lines(page, style, room()))


def coloured(lines: Iterable[Line]) -> str:
    """Return lines with the control sequences that set apart what is marked in them; without where no colour is."""
    if not is_wanted():
        return "".join(f"{line.text}\n" for line in lines)
    return "".join(f"{''.join(map(_looking, line.pieces))}\n" for line in lines)


def _looking(piece: Piece) -> str:
    """Return a piece of a line between the sequences that begin its look and end it."""
    look = LOOKS.get(piece.role) if piece.text else None
    return piece.text if look is None else f"\x1b[{look}m{piece.text}\x1b[0m"
