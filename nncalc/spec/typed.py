"""Values typed on the command line: `1`, `1/3`, `1,2`, `[[2, 1], [0, 2]]`, or an array as a program prints it."""

from __future__ import annotations

import re

from nncalc.language.figures import Rows
from nncalc.problems import Problem
from nncalc.spec.numbers import number
from nncalc.spec.places import where_at
from nncalc.spec.statements import Given
from nncalc.spec.words import Odd, counted

_ROW = re.compile(r"\[[^\[\]]*+\]")
_MATRIX = re.compile(r"\[\s*+\[[^\[\]]*+\]\s*+(?:[,;]?\s*+\[[^\[\]]*+\]\s*+)*+\]")
#: What NumPy, PyTorch and JAX write around an array: `array(..., dtype=float32)`, `tensor(..., requires_grad=True)`.
_BEFORE = re.compile(r"\s*+(?:Parameter containing:\s*+)?(?:[a-z]{2,5}\.)?(?:array|tensor|Array|float\d\d|int\d\d)\(")
_AFTER = re.compile(r"(?:,\s*+[a-z_]++=[^\[\],]*+)*+\s*+$")
_PIECE = re.compile(r"[^\s,;]+")


def given(text: str, source: str) -> Given:
    """Return the quantity that `text` says: a number, numbers with commas between, or a list as in a spec.

    An array may be as NumPy and PyTorch print one, entries parted by blanks, or as a page of ours does, rows parted
    by semicolons.

    >>> given("1,2", "x").rows, given("[[1, 2]]", "x").rows, given("[1 2; 3 4]", "x").rows
    ([[1], [2]], [[1, 2]], [[1, 2], [3, 4]])
    """
    typed = _bare(text.replace("\N{MINUS SIGN}", "-"))
    body = typed.strip()
    start = len(typed) - len(typed.lstrip())
    if not body.startswith("["):
        row = _row(typed, source, start, start + len(body))
        return _listed(row, 1 if "," in body else 0)
    if _ROW.fullmatch(body):
        rows = _rows(typed, source, start + 1, start + len(body) - 1)
        if len(rows) == 1 or all(len(row) == 1 for row in rows):
            return _listed([entry for row in rows for entry in row], 1)
    elif _MATRIX.fullmatch(body):
        rows = [_row(typed, source, found.start() + 1, found.end() - 1) for found in _ROW.finditer(typed, start + 1)]
    else:
        message = "brackets must hold numbers, or lists of numbers of the same length"
        if re.match(r"\[\s*\[\s*\[", body):
            message = "a number, a list or a matrix is read, no array of three dimensions"
        raise _problem(message, source, typed, start, start + len(body))
    for index, row in enumerate(rows[1:], 2):
        if len(row) != len(rows[0]):
            raise _problem(
                f"rows of different lengths: row 1 has {counted(len(rows[0]), 'value')}, row {index} has {len(row)}",
                source, typed, start, start + len(body), "shape",
            )  # fmt: skip
    return Given(rows, 2, batch=False, path=())


def _bare(text: str) -> str:
    """Return `text` with blanks in place of what programs write around an array."""
    before = _BEFORE.match(text)
    if before is None or not text.rstrip().endswith(")"):
        return text
    inside = text[: text.rindex(")")]
    if "," in inside and not inside[before.end() :].lstrip().startswith("["):
        return text
    after = _AFTER.search(inside, before.end())
    assert after is not None
    return f"{' ' * before.end()}{text[before.end() : after.start()]}"


def _rows(text: str, source: str, start: int, end: int) -> list[list[float]]:
    """Return the rows between `start` and `end`, separated by semicolons."""
    rows: list[list[float]] = []
    for piece in text[start:end].split(";"):
        rows.append(_row(text, source, start, start + len(piece)))
        start += len(piece) + 1
    return rows


def _listed(row: list[float], dims: int) -> Given:
    rows: Rows = [[value] for value in row]
    return Given(rows, dims, batch=False, path=())


def _row(text: str, source: str, start: int, end: int) -> list[float]:
    """Return the numbers between `start` and `end`, separated by commas, or where there are none by blanks."""
    inside = text[start:end]
    if "," not in inside and len(inside.split()) > 1:
        return [_number(text, source, start + each.start(), each.group()) for each in _PIECE.finditer(inside)]
    row: list[float] = []
    for piece in inside.split(","):
        row.append(_number(text, source, start + len(piece) - len(piece.lstrip()), piece.strip()))
        start += len(piece) + 1
    return row


def _number(text: str, source: str, start: int, bare: str) -> float:
    found = number(bare)
    if isinstance(found, Odd):
        problem = _problem(found.said, source, text, start, max(start + len(bare), start + 1))
        if bare in ("...", "…", "⋯"):
            problem.hint = "the array was cut when it was printed; print all of it"
        raise problem
    return found


def _problem(message: str, source: str, text: str, start: int, end: int, code: str = "syntax") -> Problem:
    hint = "write 3, 1/3, 1,2 or [[2, 1], [0, 2]]"
    return Problem(message, where_at(source, text, start, end, None), hint, code)
