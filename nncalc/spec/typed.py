"""Values typed on the command line: `1`, `1/3`, `1,2`, `[[2, 1], [0, 2]]`."""

from __future__ import annotations

import re

from nncalc.language.figures import Rows
from nncalc.problems import Problem
from nncalc.spec.numbers import number
from nncalc.spec.places import where_at
from nncalc.spec.statements import Given
from nncalc.spec.words import Odd, counted, shown

_ROW = re.compile(r"\[[^\[\]]*+\]")
_MATRIX = re.compile(r"\[\s*+\[[^\[\]]*+\]\s*+(?:,\s*+\[[^\[\]]*+\]\s*+)*+\]")


def given(text: str, source: str) -> Given:
    """Return the quantity that `text` says: a number, numbers with commas between, or a list as in a spec.

    >>> given("1,2", "x").rows, given("[[1, 2]]", "x").rows
    ([[1], [2]], [[1, 2]])
    """
    typed = text.replace("\N{MINUS SIGN}", "-")
    body = typed.strip()
    start = len(typed) - len(typed.lstrip())
    if not body.startswith("["):
        row = _row(typed, source, start, start + len(body))
        return _listed(row, 1 if "," in body else 0)
    if _ROW.fullmatch(body):
        return _listed(_row(typed, source, start + 1, start + len(body) - 1), 1)
    if not _MATRIX.fullmatch(body):
        message = "brackets must hold numbers, or lists of numbers of the same length"
        raise _problem(message, source, typed, start, start + len(body))
    rows = [_row(typed, source, found.start() + 1, found.end() - 1) for found in _ROW.finditer(typed, start + 1)]
    for index, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise _problem(
                f"rows of different lengths: row 1 has {counted(len(rows[0]), 'value')}, row {index} has {len(row)}",
                source, typed, start, start + len(body), "shape",
            )  # fmt: skip
    return Given(rows, 2, batch=False, path=())


def _listed(row: list[float], dims: int) -> Given:
    rows: Rows = [[value] for value in row]
    return Given(rows, dims, batch=False, path=())


def _row(text: str, source: str, start: int, end: int) -> list[float]:
    """Return the numbers between `start` and `end`, separated by commas."""
    row: list[float] = []
    for piece in text[start:end].split(","):
        bare = piece.strip()
        begin = start + len(piece) - len(piece.lstrip())
        found = number(bare)
        if isinstance(found, Odd):
            message = f"{shown(bare)} {found.reason}" if bare else "a number is missing"
            raise _problem(message, source, text, begin, max(begin + len(bare), begin + 1))
        row.append(found)
        start += len(piece) + 1
    return row


def _problem(message: str, source: str, text: str, start: int, end: int, code: str = "syntax") -> Problem:
    hint = "write 3, 1/3, 1,2 or [[2, 1], [0, 2]]"
    return Problem(message, where_at(source, text, start, end, None), hint, code)
