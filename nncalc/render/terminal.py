"""Lines for a terminal: in columns where they fit, else one thing under the other; in colour.

Knows Rich, as `progress` does. Colour never carries meaning alone: without it the text is the same.
"""

from __future__ import annotations

import os
from collections.abc import Collection

from rich.console import Console
from rich.text import Text

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.progress import told
from nncalc.render.layout import Line, lines, room

#: How the pieces of a line look, on a light background and on a dark one: a formula as the terminal writes anyway.
LOOKS = {"heading": "bold", "name": "cyan", "substituted": "magenta", "value": "bold", "remark": "dim"}


def render(page: Page, style: Style) -> str:
    """Return the page as text for this terminal, with its control sequences."""
    return coloured(lines(page, style, room()))


def coloured(lines: Collection[Line]) -> str:
    """Return lines with the control sequences that set apart what is marked in them; without where NO_COLOR is set."""
    if os.getenv("NO_COLOR"):
        return "".join(f"{line.text}\n" for line in lines)
    console = Console(force_terminal=True, highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        for line in told(lines, "colouring"):
            console.print(_styled(line), soft_wrap=True)
    return captured.get()


def _styled(line: Line) -> Text:
    return Text.assemble(*[(piece.text, LOOKS.get(piece.role, "")) for piece in line.pieces])
