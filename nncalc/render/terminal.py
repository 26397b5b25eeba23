"""Lines for a terminal: in columns where they fit, else one equality under the other; results and marks in colour.

The only room that knows Rich. Colour never carries meaning alone: without it the text is the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from nncalc.language.printer import Style
from nncalc.problems import safe
from nncalc.render import style_of
from nncalc.render.columns import Marked, beside, cells, joined, room, stacked, width, words, wrapped
from nncalc.render.sections import sections, with_shapes
from nncalc.sheet.worksheet import Worksheet

ROLES = {"heading": "bold", "remark": "dim"}


def render(worksheet: Worksheet, *, ascii_only: bool) -> str:
    """Return the worksheet as text for this terminal, with its control sequences."""
    return coloured(_lines(worksheet, style_of(worksheet, ascii_only=ascii_only), room()))


def coloured(lines: Iterable[Marked]) -> str:
    """Return lines with the control sequences that set apart what is marked in them."""
    console = Console(highlight=False, emoji=False, markup=False)
    with console.capture() as captured:
        for line in lines:
            console.print(_styled(line), soft_wrap=True)
    return captured.get()


def _styled(line: Marked) -> Text:
    text = Text(line.text, style=ROLES.get(line.role, ""))
    indent = len(line.text) - len(line.text.lstrip())
    text.stylize("cyan", indent, indent + line.left)
    if line.said is not None:
        text.stylize("dim", line.said)
    return text


def _lines(worksheet: Worksheet, style: Style, most: int) -> list[Marked]:
    shapes = with_shapes(worksheet)
    blocks = [[Marked(safe(worksheet.title), "heading")]] if worksheet.title else []
    for heading, lines in sections(worksheet):
        rows = [cells(line, style, shapes=shapes) for line in lines]
        texts = beside(rows)
        narrow = any(width(line.text) > most for line in texts)
        blocks.append([Marked(heading, "heading"), *(stacked(rows) if narrow else texts)])
    notes = [part for note in worksheet.notes for part in wrapped(f"note: {words(safe(note), style)}", most, more="")]
    blocks += [[Marked(note, "remark") for note in notes]] if notes else []
    return joined(blocks)
