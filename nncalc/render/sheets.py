"""Pictures one behind the other, as sheets are drawn, in the tables that Graphviz draws.

Each cell of a table shows the foremost sheet that covers it; where another is seen beside it, there is a line.
"""

from __future__ import annotations

from collections.abc import Iterator

#: How many sheets are drawn of more, and how far each stands out behind the one before, in points.
_MOST, _OUT = 5, 6
#: How long the longer side of the largest picture is, and the shorter side of any at least, in points.
_LONGEST, _LEAST = 90, 22
#: What stands to the right of a cell, below, left and above.
_SIDES = {"R": (0, 1), "B": (1, 0), "L": (0, -1), "T": (-1, 0)}


def sheets(count: int, rows: int, columns: int, largest: int) -> str:
    """Return a table of so many sheets, drawn to the scale of the `largest` side there is."""
    drawn = min(count, _MOST)
    scale = _LONGEST / largest
    high, wide = (max(_LEAST, scale * size, (drawn - 1) * _OUT + 2) for size in (rows, columns))
    edge = [_OUT] * (drawn - 1)
    heights, widths = ([*edge, round(size - sum(edge)), *edge] for size in (high, wide))
    lines = (
        f"<TR>{''.join(_cell(i, j, drawn, height, width) for j, width in enumerate(widths))}</TR>"
        for i, height in enumerate(heights)
    )
    return f'<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="0">{"".join(lines)}</TABLE>'


def _cell(i: int, j: int, drawn: int, height: int, width: int) -> str:
    own = _seen(i, j, drawn)
    sides = "".join(_lines(i, j, drawn))
    look = f'SIDES="{sides}"' if sides else 'BORDER="0"'
    paper = ' BGCOLOR="white"' if own is not None else ""
    return f'<TD {look}{paper} FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{height}"></TD>'


def _lines(i: int, j: int, drawn: int) -> Iterator[str]:
    """Yield the sides of a cell beside which less is seen than in it."""
    own = _seen(i, j, drawn)
    for side, (down, right) in _SIDES.items():
        beside = _seen(i + down, j + right, drawn)
        if own is not None and (beside is None or beside > own):
            yield side


def _seen(i: int, j: int, drawn: int) -> int | None:
    """Return which sheet is seen in a cell, the foremost being 0; each further one is one up and one to the right."""
    return next((k for k in range(drawn) if k <= j < k + drawn and drawn - 1 - k <= i < 2 * drawn - 1 - k), None)
