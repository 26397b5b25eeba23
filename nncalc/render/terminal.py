"""Lines for a terminal: in columns where they fit, else one thing under the other; results and marks in colour.

Knows Rich, as `progress` does. Colour never carries meaning alone: without it the text is the same.
"""

from __future__ import annotations

from collections.abc import Collection

from rich.console import Console
from rich.text import Text

from nncalc.language.printer import Style
from nncalc.page import Page
from nncalc.progress import told
from nncalc.render.columns import Marked, lines, room

ROLES = {"heading": "bold", "remark": "dim"}


def render(page: Page, style: Style) -> str:
    """Return the page as text for this terminal, with its control sequences."""
    return coloured(lines(page, style, room()))


def coloured(lines: Collection[Marked]) -> str:
    """Return lines with the control sequences that set apart what is marked in them."""
    console = Console(highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        for line in told(lines, "colouring"):
            console.print(_styled(line), soft_wrap=True)
    return captured.get()


def _styled(line: Marked) -> Text:
    text = Text(line.text, style=ROLES.get(line.role, ""))
    indent = len(line.text) - len(line.text.lstrip())
    text.stylize("cyan", indent, indent + line.left)
    if line.said is not None:
        text.stylize("dim", line.said)
    return text
