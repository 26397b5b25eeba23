"""What a command prints of a calculation, as one text."""

from __future__ import annotations

import unicodedata
from typing import Literal

from nncalc.cli import presentation
from nncalc.interface.presenting import Wish
from nncalc.sheet.calculation import Calculation


def present(command: Literal["forward", "backward"], found: Calculation, wish: Wish) -> str:
    return "".join(presentation.present(command, found, wish))


def in_line(table: str) -> str:
    """Return a table whose matrices stand over several lines with each in one: what a reader takes them for."""
    lines = [_cells(line) for line in table.splitlines()]
    for at, line in enumerate(lines):
        for left in range(len(line) - 1, -1, -1):
            if line[left] == "⎡":
                _joined(lines, at, left)
    return "".join("".join(line).rstrip() + "\n" for line in lines if "".join(line).strip())


def _cells(line: str) -> list[str]:
    """Return what stands in each column of a terminal."""
    found: list[str] = []
    for character in line:
        if unicodedata.combining(character):
            found[-1] += character
        else:
            found.append(character)
    return found


def _joined(lines: list[list[str]], top: int, left: int) -> None:
    """Write the matrix whose corner is there into its middle line, in one."""
    right = left + lines[top][left:].index("⎤")
    bottom = next(at for at in range(top, len(lines)) if lines[at][left] == "⎣")
    rows = ["".join(line[left + 1 : right]).split() for line in lines[top : bottom + 1]]
    assert len({len(row) for row in rows}) == 1
    middle = top + (bottom - top) // 2
    for line in lines[top : bottom + 1]:
        line[left : right + 1] = [""] * (right + 1 - left)
    lines[middle][left] = "[" + "; ".join(" ".join(row) for row in rows) + "]"
