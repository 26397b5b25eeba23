"""Operations whose entries no element rule says: those that arrange entries, and those written out.

Entries go in as formulas and come out so. A determinant is expanded, an inverse made of cofactors, a power
multiplied out; what would be too long on paper is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Protocol

from nncalc.graph import minors
from nncalc.graph.minors import Grid
from nncalc.graph.pictures import Windows
from nncalc.graph.shapes import PARTS, SCALAR, Shape, Shapes, exponent
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, num, number_of, total
from nncalc.language.printer import show
from nncalc.problems import Problem


class Apart(Protocol):
    """What an arrangement is handed of the formulas that are taken apart: shapes, scalars, intercepts that are new."""

    @property
    def shapes(self) -> Shapes: ...
    @property
    def scalars(self) -> Shapes: ...
    @property
    def ones(self) -> dict[Name, None]: ...
    def tidied(self, part: Call, entry: Formula) -> Formula: ...


def numbers(shape: Shape) -> tuple[int, int]:
    """Return a shape without symbols as what it is."""
    rows, columns = shape
    assert isinstance(rows, int)
    assert isinstance(columns, int)
    return rows, columns


def _intercept(apart: Apart, part: Call, grids: list[Grid]) -> Grid:
    """Put a row of ones first; above a quantity they are its entries 0: x₀ = 1."""
    (inner,) = grids
    if not isinstance(part.args[0], Name):
        return [[num(1) for _ in inner[0]], *inner]
    of = part.args[0]
    columns = len(inner[0])
    first: list[Name] = [name(of.base, (0,) if columns == 1 else (0, j + 1), of.of) for j in range(columns)]
    for one in first:
        if one not in apart.scalars.known:
            apart.ones[one] = None
            apart.scalars.name(one, SCALAR)
    return [list(first), *inner]


def _trim(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [row[1:] for row in grids[0]]


def _pad(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [[num(0), *row] for row in grids[0]]


def _ones(apart: Apart, part: Call, _: list[Grid]) -> Grid:
    rows, columns = numbers(apart.shapes.of(part))
    return [[num(1)] * columns for _ in range(rows)]


def _zeros(apart: Apart, part: Call, _: list[Grid]) -> Grid:
    rows, columns = numbers(apart.shapes.of(part))
    return [[num(0)] * columns for _ in range(rows)]


def _eye(apart: Apart, part: Call, _: list[Grid]) -> Grid:
    rows, columns = numbers(apart.shapes.of(part))
    return [[num(int(i == j)) for j in range(columns)] for i in range(rows)]


def _comm(apart: Apart, part: Call, _: list[Grid]) -> Grid:
    """Put a 1 where entry (i, j) of A is in vec(A'), in the column where it is in vec(A)."""
    m, n = numbers((apart.shapes.size(part.args[0], part), apart.shapes.size(part.args[1], part)))
    return [[num(int((i, j) == (r, c))) for c in range(n) for r in range(m)] for i in range(m) for j in range(n)]


def _diag(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    entries = [row[0] for row in grids[0]]
    return [[entry if i == j else num(0) for j in range(len(entries))] for i, entry in enumerate(entries)]


def _dg(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [[row[i]] for i, row in enumerate(grids[0])]


def _vec(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [[entry] for column in zip(*grids[0], strict=True) for entry in column]


def _kron(apart: Apart, part: Call, grids: list[Grid]) -> Grid:
    return [[apart.tidied(part, call("mul", a, b)) for a in row for b in line] for row in grids[0] for line in grids[1]]


def _norm(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [[call("norm2_scaled", *[entry for grid in grids for row in grid for entry in row])]]


def _shares(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    """Say of each entry of a column whether it is the largest."""
    columns = [list(column) for column in zip(*grids[0], strict=True)]
    found = [[_share(x, column[:i] + column[i + 1 :]) for i, x in enumerate(column)] for column in columns]
    return [list(row) for row in zip(*found, strict=True)]


def _share(x: Formula, others: list[Formula]) -> Formula:
    """Return what is 1 where x is larger than all others; of two, that it is above, unless a constant is to share."""
    if not others:
        return num(1)
    alike = len({bool(names_in(each)) for each in (x, *others)}) == 1
    return call("above" if len(others) == 1 and alike else "is_largest", x, *others)


def _rot180(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [row[::-1] for row in grids[0][::-1]]


def _settings(part: Call, count: int) -> list[int]:
    return [int(str(number_of(arg))) for arg in part.args[count:]]


def _entries_of(places: Windows, rows: int, columns: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield for each entry of a window, and each window: their places, its row and column; the row is -1 in padding."""
    down, across = places.places(rows, columns)
    height = rows // places.pictures
    for window, (k, i, j) in enumerate(product(range(places.pictures), range(down), range(across))):
        for entry, (a, b) in enumerate(product(range(places.height), range(places.width))):
            row = i * places.by + a * places.dilation - places.padding
            column = j * places.by + b * places.dilation - places.sides
            inside = 0 <= row < height and 0 <= column < columns
            yield entry, window, k * height + row if inside else -1, column


def _windows(apart: Apart, part: Call, grids: list[Grid]) -> Grid:
    rows, columns = numbers(apart.shapes.of(part))
    found: Grid = [[num(0)] * columns for _ in range(rows)]
    of = Windows(*_settings(part, 1))
    for entry, window, row, column in _entries_of(of, *numbers(apart.shapes.of(part.args[0]))):
        if row >= 0:
            found[entry][window] = grids[0][row][column]
    return found


def _put_back(apart: Apart, part: Call, grids: list[Grid]) -> Grid:
    rows, columns = numbers(apart.shapes.of(part))
    terms: list[list[list[Formula]]] = [[[] for _ in range(columns)] for _ in range(rows)]
    for entry, window, row, column in _entries_of(Windows(*_settings(part, 3)), rows, columns):
        if row >= 0:
            terms[row][column].append(grids[0][entry][window])
    return [[apart.tidied(part, total(each)) if len(each) > 1 else total(each or [num(0)]) for each in row]
            for row in terms]  # fmt: skip


def _under(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [row for grid in grids for row in grid]


def _beside(_: Apart, _part: Call, grids: list[Grid]) -> Grid:
    return [[entry for row in rows for entry in row] for rows in zip(*grids, strict=True)]


def _places(apart: Apart, part: Call) -> slice:
    """Return which rows, or columns, a call takes."""
    first, last = numbers(apart.shapes.ends(part))
    return slice(first - 1, last)


def _taken(apart: Apart, part: Call, grids: list[Grid]) -> Grid:
    places = _places(apart, part)
    return [row[places] for row in grids[0]] if apart.shapes.across(part) else grids[0][places]


ARRANGEMENTS: Mapping[str, Callable[[Apart, Call, list[Grid]], Grid]] = {
    "intercept": _intercept,
    "trim": _trim,
    "pad": _pad,
    "ones": _ones,
    "zeros": _zeros,
    "eye": _eye,
    "comm": _comm,
    "diag": _diag,
    "dg": _dg,
    "vec": _vec,
    "kron": _kron,
    "norm2_scaled": _norm,
    "max_shares": _shares,
    "rot180": _rot180,
    "windows": _windows,
    "put_back": _put_back,
    "column": _under,
    "row": _beside,
    "matrix": _under,
    **dict.fromkeys(PARTS, _taken),
}


def moved(part: Call, shapes: Shapes) -> int:
    """Return about how many operations it takes to bring the gradient of an arrangement back: a matrix does it here."""
    if part.op not in ("vec", "kron"):
        return 0
    (m, n), (p, q) = (numbers(shapes.of(arg)) for arg in (part.args * 2)[:2])
    return (m * n) ** 2 if part.op == "vec" else m * m * p * q * n * q


# -- written out ----------------------------------------------------------------------------------

#: Operations on a square matrix whose entries are written out.
WRITTEN_OUT: Mapping[str, Callable[..., Grid]] = {
    "det": lambda _, grid: [[minors.determinant(grid)]],
    "logdet": lambda _, grid: [[call("log", minors.determinant(grid))]],
    "inv": lambda _, grid: minors.inverse(grid),
    "adj": lambda _, grid: minors.adjugate(grid),
    "adj_gradient": lambda _, grid, arriving: minors.adjugate_gradient(grid, arriving),
    "pow": lambda part, grid, _: minors.power(grid, exponent(part)),
}


def inverted(part: Call, shapes: Shapes) -> bool:
    """Return whether a call has no value where the determinant of its matrix is 0."""
    return part.op in ("inv", "logdet") or (part.op == "pow" and shapes.of(part) != SCALAR and exponent(part) < 0)


def length(part: Call, shapes: Shapes) -> int:
    """Return about how many operations an entry of a call that is written out has; 0 for any other call."""
    rows, _ = numbers(shapes.of(part.args[0]))
    if part.op not in WRITTEN_OUT or (part.op == "pow" and rows == 1):
        return 0
    return minors.length(part.op, rows, exponent(part) if part.op == "pow" else 1)


def unwritable(part: Call, shapes: Shapes) -> Problem | None:
    """Return the problem of a call that is too long to be written out, entry by entry."""
    rows, _ = numbers(shapes.of(part.args[0]))
    positive = part.op == "pow" and (rows == 1 or exponent(part) > 0)
    if rows <= minors.MOST_ROWS or positive:
        if length(part, shapes) <= minors.MOST_LENGTH:
            return None
        why = "with so large an exponent"
    else:
        why = f"of {rows} rows, only up to {minors.MOST_ROWS}"
    return Problem(
        f"`{show(part)}` is not written out entry by entry: a matrix {why}",
        None, "`--form vector`, without --exact, computes it as a whole", "usage",
    )  # fmt: skip
