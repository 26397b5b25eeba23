"""Tidying keeps value and shape: formulas of every shape, with zeros, ones and fractions, compared exactly.

The independent evaluator computes both in rationals, so nothing is lost in rounding; and where a
formula has no value, the tidied one has none either.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from math import isfinite

import pytest
from expressions import applied
from hypothesis import given, settings
from hypothesis import strategies as st
from independent import Matrix, evaluate, exactly

from nncalc.graph.rules import is_partial
from nncalc.graph.shapes import Shape, Shapes
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Formula, call, name, num
from nncalc.language.printer import show
from nncalc.numbers.floats import function
from nncalc.ops import OPS
from nncalc.ops.kinds import Operation

SCALAR, COLUMN, ROW, MATRIX, TALL = (1, 1), (2, 1), (1, 2), (2, 2), (3, 2)
VALUES: dict[str, list[list[float]]] = {
    "x": [[2]], "y": [[-0.5]], "o": [[0]], "k": [[1]],
    "u": [[1], [-2]], "v": [[0], [3]], "r": [[4, -1]], "A": [[1, 0], [-3, 0.5]], "B": [[0, 2], [1, 1]],
    "T": [[1, 2], [0, -1], [0.25, 3]],
}  # fmt: skip
GIVEN: dict[Formula, Matrix] = {name(n): exactly(rows) for n, rows in VALUES.items()}
KNOWN: dict[str, Shape] = {n: (len(rows), len(rows[0])) for n, rows in VALUES.items()}
NUMBERS = [num(0), num(1), num(2), num(-1), num("0.5"), call("div", num(1), num(2)), call("neg", num("0.5"))]
ENTRYWISE = ("neg", "relu", "abs", "step", "sign", "linear")


@cache
def formulas(shape: tuple[int, int], depth: int) -> st.SearchStrategy[Formula]:
    """Return formulas of a shape, at most so deep, with rational values."""
    rows, columns = shape
    leaves: list[Formula] = [name(n) for n, known in KNOWN.items() if known == shape]
    leaves += NUMBERS if shape == SCALAR else [call("ones", num(rows), num(columns))]
    found = [st.sampled_from(leaves)]
    if depth == 0:
        return found[0]

    def inner(other: tuple[int, int]) -> st.SearchStrategy[Formula]:
        return formulas(other, depth - 1)

    def made(op: str, *args: st.SearchStrategy[Formula]) -> None:
        found.append(st.tuples(*args).map(lambda parts: applied(op, *parts)))

    same, number = inner(shape), inner(SCALAR)
    for op in ("add", "hadamard", "hdiv", "max"):
        made(op, same, same)
        made(op, same, number)
        made(op, number, same)
    made("add", same, same, same)
    for op in ENTRYWISE:
        made(op, same)
    made("mul", number, same)
    made("mul", same, number)
    made("div", same, number)
    for exponent in (0, 1, 2, -1):
        made("hpow", same, st.just(num(exponent)))
    made("transpose", inner((columns, rows)))
    if rows <= 2 and columns <= 2:
        made("mul", inner((rows, 2)), inner((2, columns)))
        made("trim", inner((rows, columns)).map(lambda f: call("transpose", call("intercept", call("transpose", f)))))
    if shape == TALL:
        made("intercept", inner(MATRIX))
    if shape == SCALAR:
        for exponent in (0, 1, 2, -1):
            made("pow", same, st.just(num(exponent)))
        for other in (SCALAR, COLUMN, ROW, MATRIX, TALL):
            made("sum", inner(other))
            made("mean", inner(other))
        made("mul", inner(ROW), inner(COLUMN))
        made("squared_error", inner(COLUMN), inner(COLUMN))
    return st.one_of(found)


def value(formula: Formula) -> Matrix | None:
    try:
        return evaluate(formula, GIVEN)  # type: ignore[arg-type]
    except ArithmeticError:
        return None


@settings(max_examples=300)
@given(st.sampled_from([SCALAR, COLUMN, ROW, MATRIX, TALL]).flatmap(lambda shape: formulas(shape, 3)))
def test_tidying_keeps_value_and_shape(formula: Formula) -> None:
    shapes = Shapes({name(n): shape for n, shape in KNOWN.items()})
    tidied = tidy(formula, shapes)
    told = f"{show(formula)}  became  {show(tidied)}"
    assert shapes.of(tidied) == shapes.of(formula), told
    before, after = value(formula), value(tidied)
    assert before == after, told


@pytest.mark.parametrize(
    "op", [op for op in OPS.values() if op.entrywise and not is_partial(op)], ids=lambda op: op.name
)
def test_what_tidying_may_leave_out_has_a_value_everywhere(op: Operation) -> None:
    for args in product((-1e3, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1e3), repeat=len(op.args)):
        assert isfinite(function(op.name)(*args, *map(float, op.settings.values())))
