"""Derivatives by another road: a small evaluator of formulas on mpmath's numbers, and differences of its values.

Shares no rule with the program: every operation is written out once more, from its definition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import mpmath as mp

from nncalc.formula import Formula, Name, Num

mp.mp.dps = 50
Matrix = list[list[Any]]


def number(value: float | str) -> Any:
    return mp.mpf(repr(value) if isinstance(value, float) else str(value))


def evaluated(formula: Formula, values: Mapping[str, Matrix]) -> Matrix:
    """Return the value of a formula over matrices of mpmath numbers."""
    if isinstance(formula, Num):
        return [[mp.mpf(formula.text)]]
    if isinstance(formula, Name):
        return values[formula.id]
    args = [evaluated(arg, values) for arg in formula.args]
    if formula.op in ENTRYWISE:
        return _entrywise(ENTRYWISE[formula.op], args)
    return WHOLE[formula.op](*args)


def _entrywise(function: Callable[..., Any], args: Sequence[Matrix]) -> Matrix:
    rows = max(len(arg) for arg in args)
    columns = max(len(arg[0]) for arg in args)

    def at(arg: Matrix, i: int, j: int) -> Any:
        return arg[0][0] if len(arg) == len(arg[0]) == 1 else arg[i][j]

    return [[function(*[at(arg, i, j) for arg in args]) for j in range(columns)] for i in range(rows)]


def _product(a: Matrix, b: Matrix) -> Matrix:
    if len(a) == len(a[0]) == 1 or len(b) == len(b[0]) == 1:
        return _entrywise(lambda x, y: x * y, [a, b])
    return [[mp.fsum(x * y for x, y in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def _entries(a: Matrix) -> list[Any]:
    return [entry for row in a for entry in row]


def _softmax(x: Matrix) -> Matrix:
    columns = [[mp.exp(v) for v in column] for column in zip(*x, strict=True)]
    shares = [[v / mp.fsum(column) for v in column] for column in columns]
    return [list(row) for row in zip(*shares, strict=True)]


def _xlogy(x: Any, y: Any) -> Any:
    return mp.mpf(0) if x == 0 else x * mp.log(y)


def _bce(p: Matrix, y: Matrix) -> Matrix:
    terms = [_xlogy(t, q) + _xlogy(1 - t, 1 - q) for q, t in zip(_entries(p), _entries(y), strict=True)]
    return [[-mp.fsum(terms)]]


def _ce(p: Matrix, y: Matrix) -> Matrix:
    return [[-mp.fsum(_xlogy(t, q) for q, t in zip(_entries(p), _entries(y), strict=True))]]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


ENTRYWISE: dict[str, Callable[..., Any]] = {
    "add": lambda *xs: mp.fsum(xs), "neg": lambda x: -x, "hadamard": lambda x, y: x * y, "hdiv": lambda x, y: x / y,
    "div": lambda x, y: x / y, "pow": lambda x, y: x**y, "hpow": lambda x, y: x**y, "abs": abs, "sign": mp.sign,
    "step": lambda x: mp.mpf(x > 0), "above": lambda x, y: mp.mpf(x > y) if x != y else mp.mpf("0.5"),
    "max": max, "min": min, "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "sin": mp.sin, "cos": mp.cos,
    "tan": mp.tan, "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "asin": mp.asin, "acos": mp.acos,
    "atan": mp.atan, "log1p": lambda x: mp.log(1 + x), "expm1": lambda x: mp.exp(x) - 1, "erf": mp.erf,
    "xlogy": _xlogy, "xdivy": lambda x, y: mp.mpf(0) if x == 0 else x / y, "linear": lambda x: x,
    "relu": lambda x: x if x > 0 else mp.mpf(0), "leaky_relu": lambda x: x if x > 0 else x / 100,
    "sigmoid": _sigmoid, "softplus": lambda x: mp.log(1 + mp.exp(x)),
}  # fmt: skip
WHOLE: dict[str, Callable[..., Matrix]] = {
    "mul": _product, "transpose": lambda a: [list(row) for row in zip(*a, strict=True)],
    "sum": lambda a: [[mp.fsum(_entries(a))]], "mean": lambda a: [[mp.fsum(_entries(a)) / len(_entries(a))]],
    "lse": lambda *a: [[mp.log(mp.fsum(mp.exp(v) for each in a for v in _entries(each)))]],
    "softmax": _softmax, "shifted_softmax": _softmax,
    "intercept": lambda a: [[mp.mpf(1)] * len(a[0]), *a], "trim": lambda a: [row[1:] for row in a],
    "ones": lambda m, n=((1,),): [[mp.mpf(1)] * int(n[0][0]) for _ in range(int(m[0][0]))],
    "column": lambda *xs: [[x[0][0]] for x in xs], "row": lambda *xs: [[x[0][0] for x in xs]],
    "matrix": lambda *rows: [row[0] for row in rows],
    "squared_error": lambda p, y: [[mp.fsum((a - b) ** 2 for a, b in zip(_entries(p), _entries(y), strict=True)) / 2]],
    "cross_entropy": _ce, "binary_cross_entropy": _bce,
    "cross_entropy_logits": lambda z, y: _ce(_softmax(z), y),
    "binary_cross_entropy_logits": lambda z, y: _bce(_entrywise(_sigmoid, [z]), y),
}  # fmt: skip


def slopes(function: Callable[[Matrix], Any], at: Matrix) -> Matrix:
    """Return the derivative of a number by every entry of `at`: central differences at 50 digits, good to 30."""
    h = mp.mpf(10) ** -16
    found: Matrix = []
    for i, row in enumerate(at):
        found.append([])
        for j, _ in enumerate(row):
            ends = []
            for sign in (1, -1):
                moved = [list(each) for each in at]
                moved[i][j] += sign * h
                ends.append(function(moved))
            found[-1].append((ends[0] - ends[1]) / (2 * h))
    return found


def apart(one: Sequence[Sequence[Any]], other: Matrix) -> float:
    """Return how far two matrices are apart, relative to the larger entry of the second; 0 is equal."""
    scale = max((abs(v) for v in _entries(other)), default=mp.mpf(0))
    off = max(abs(mp.mpf(a) - b) for a, b in zip(_entries([list(r) for r in one]), _entries(other), strict=True))
    return float(off / scale) if scale else float(off)
