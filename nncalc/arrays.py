"""Values in NumPy arrays, for what is larger than a hand would compute. The only room that runs on NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nncalc.figures import Rows
from nncalc.formula import Formula, Name, Num
from nncalc.graph import Equation
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.show import show
from nncalc.values import FLOATS

Array = np.ndarray[Any, np.dtype[np.float64]]


class ArrayMachine:
    """Holds a two-dimensional array for every quantity; a class because values gather in it."""

    def __init__(self) -> None:
        self.values: dict[Name, Array] = {}

    def load(self, of: Name, rows: Rows) -> None:
        self.values[of] = np.array(rows, dtype=np.float64)

    def assign(self, equation: Equation) -> None:
        self.values[equation.name] = self.value(equation.formula, equation)

    def has(self, of: Name) -> bool:
        return of in self.values

    def rows(self, of: Name) -> Rows:
        found: Rows = self.values[of].tolist()
        return found

    def trial(self, formula: Formula) -> Rows | None:
        try:
            found: Rows = self.value(formula, None).tolist()
        except Problem:
            return None
        return found

    def compute(self, formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        other = ArrayMachine()
        for of, rows in values.items():
            other.load(of, rows)
        return other.trial(formula)

    def value(self, formula: Formula, where: Equation | None) -> Array:
        """Return the value of `formula`; raise Problem (`domain`) where it has none."""
        if isinstance(formula, Name):
            return self.values[formula]
        if isinstance(formula, Num):
            return np.array([[float(formula.text)]])
        args = [self.value(arg, where) for arg in formula.args]
        try:
            with np.errstate(all="raise", under="ignore"):
                found = ARRAYS[OPS[formula.op].value](*args)
        except FloatingPointError as error:
            place = f", in `{where.name} = {show(where.formula)}`" if where else ""
            why = "too large for a floating-point number" if "overflow" in str(error) else "not defined for an entry"
            raise Problem(f"`{show(formula)}` is {why}{place}", None, None, "domain") from None
        if not np.isfinite(found).all():
            raise Problem(f"`{show(formula)}` is too large for a floating-point number", None, None, "domain")
        return found


def _scalar(array: Array) -> float:
    return float(array[0, 0])


def _matmul(a: Array, b: Array) -> Array:
    if a.size == 1 or (b.size == 1 and a.shape[1] != 1):
        return a * b
    return np.asarray(np.dot(a, b))


def _sigmoid(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e))


def _lse(x: Array) -> Array:
    top = x.max(axis=0, keepdims=True)
    return np.asarray(top + np.log(np.exp(x - top).sum(axis=0, keepdims=True)))


def _softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=0, keepdims=True))
    return np.asarray(e / e.sum(axis=0, keepdims=True))


def _where_nonzero(x: Array, y: Array, function: Callable[[Array, Array], Array]) -> Array:
    x, y = np.broadcast_arrays(x, y)
    found = np.zeros_like(x)
    mask = x != 0
    found[mask] = function(x[mask], y[mask])
    return found


def _whole(x: float | Array) -> Array:
    return np.array([[float(x)]])


def _add(*xs: Array) -> Array:
    found = xs[0]
    for x in xs[1:]:
        found = found + x
    return found


def _bce(p: Array, y: Array) -> Array:
    q = 1 - p
    return _whole(-float((_where_nonzero(y, p, lambda a, b: a * np.log(b))
                          + _where_nonzero(1 - y, q, lambda a, b: a * np.log(b))).sum()))  # fmt: skip


def _intercept(x: Array) -> Array:
    return np.vstack([np.ones((1, x.shape[1])), x])


ARRAYS: Mapping[str, Callable[..., Array]] = {
    "add": _add, "neg": np.negative, "mul": _matmul, "hadamard": np.multiply, "div": np.divide, "pow": np.power,
    "abs": np.abs, "sign": np.sign, "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "above": lambda x, y: np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0)), "max": np.maximum, "min": np.minimum,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "log1p": np.log1p,
    "expm1": np.expm1, "erf": np.vectorize(FLOATS["erf"], otypes=[np.float64]),
    "xlogy": lambda x, y: _where_nonzero(x, y, lambda a, b: a * np.log(b)),
    "xdivy": lambda x, y: _where_nonzero(x, y, np.divide),
    "linear": lambda x: x, "relu": lambda x: np.where(x > 0, x, 0.0),
    "leaky_relu": lambda x: np.where(x > 0, x, 0.01 * x), "sigmoid": _sigmoid,
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), "softmax": _softmax, "lse": _lse,
    "transpose": np.transpose, "sum": lambda x: _whole(x.sum()), "mean": lambda x: _whole(x.mean()),
    "intercept": _intercept, "trim": lambda x: x[:, 1:],
    "ones": lambda m, n=None: np.ones((int(_scalar(m)), int(_scalar(n)) if n is not None else 1)),
    "column": lambda *xs: np.array([[_scalar(x)] for x in xs]),
    "row": lambda *xs: np.array([[_scalar(x) for x in xs]]), "matrix": lambda *rows: np.vstack(rows),
    "squared_error": lambda p, y: _whole(((p - y) ** 2).sum() / 2),
    "cross_entropy": lambda p, y: _whole(-_where_nonzero(y, p, lambda a, b: a * np.log(b)).sum()),
    "binary_cross_entropy": _bce,
    "cross_entropy_logits": lambda z, y: _whole((_lse(z) * y.sum(axis=0) - (y * z).sum(axis=0)).sum()),
    "binary_cross_entropy_logits": lambda z, y: _whole(
        (np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))) - y * z).sum()
    ),
}  # fmt: skip
