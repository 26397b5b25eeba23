"""Lines for a terminal: in columns where they fit, else one equality under the other; results and marks in colour.

The only room that knows Rich. Colour never carries meaning alone: without it the text is the same.
"""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from nncalc.render import style_of
from nncalc.render.columns import Cells, aligned, cells, stacked, width
from nncalc.render.sections import sections, with_shapes
from nncalc.show import Style
from nncalc.text import safe
from nncalc.worksheet import Worksheet


def render(worksheet: Worksheet, *, ascii_only: bool) -> str:
    """Return the worksheet as text for this terminal, with its control sequences."""
    style = style_of(worksheet, ascii_only=ascii_only)
    shapes = with_shapes(worksheet)
    real = Console(highlight=False, emoji=False, markup=False)
    real.width = max(real.width, 20)
    with real.capture() as captured:
        _draw(worksheet, real, style, shapes=shapes)
    return captured.get()


def _draw(worksheet: Worksheet, console: Console, style: Style, *, shapes: bool) -> None:
    if worksheet.title:
        console.print(Text(safe(worksheet.title), style="bold"), end="\n\n")
    for place, (heading, lines) in enumerate(sections(worksheet)):
        rows = [cells(line, style, shapes=shapes) for line in lines]
        texts = aligned(rows)
        narrow = any(width(text) + 2 > console.width for text in texts)
        if place:
            console.print()
        console.print(Text(heading, style="bold"))
        for text in stacked(rows) if narrow else texts:
            console.print(_coloured("  " + text, rows), soft_wrap=True)
    if worksheet.notes:
        console.print()
    for note in worksheet.notes:
        console.print(Text(f"note: {safe(note)}", style="dim"))


def _coloured(text: str, rows: list[Cells]) -> Text:
    """Return a line with its name and its remark set apart."""
    found = Text(text)
    for row in rows:
        if text.startswith(f"  {row.name} "):
            found.stylize("cyan", 2, 2 + len(row.name))
        if row.remarks and text.endswith(row.remarks):
            found.stylize("dim", len(text) - len(row.remarks))
            break
    return found
