"""Arrays: what each primitive operation computes of two-dimensional arrays of NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from nncalc.graph.pictures import Windows
from nncalc.language.blocks import Block
from nncalc.language.figures import Rows
from nncalc.numbers.doubled import SPLITTER, Doubled, gate_exponent, half_square, plus
from nncalc.numbers.floats import (
    DENSITY,
    FLOATS,
    GATE_GONE,
    GONE,
    NEARLY_SINGULAR,
    NORMAL_GONE,
    ROOT_HALF,
    SINGULAR,
    SMALL,
    not_positive,
)
from nncalc.numbers.logits import LOGITS
from nncalc.numbers.whole import as_a_whole, log_sum_exp
from nncalc.ops import OPS

#: How large a matrix may be to have its determinant computed in rationals, exactly; and how large a Kronecker product.
EXACT_ROWS = 6
MOST_ENTRIES = 20_000_000

#: How many terms a sum has whose rounding may pass for a result, and how many times its own rounding error that is.
FEW_TERMS, NOISE = 3, 4

#: Windows of one entry, which are the entries row by row.
EACH = (1, 1, 1, 0, 0, 1)

Array = np.ndarray[Any, np.dtype[np.float64]]


def array_of(rows: Rows) -> Array:
    """Return rows of numbers as an array; one that came from a file is read where it lies."""
    if not isinstance(rows, Block):
        return np.array(rows, dtype=np.float64)
    shape = (rows.rows, rows.columns)
    found = np.asarray(rows.data)
    return found.reshape(shape[::-1]).T if rows.turned else found.reshape(shape)


def noise(
    op: str, found: Array, args: Sequence[Array], apart: Array | None = None
) -> np.ndarray[Any, np.dtype[np.bool_]] | None:
    """Return where a sum of computed numbers is below its own rounding error, or None where it is nowhere.

    To a product that is `found` a column `apart` was added, that of the intercepts.
    N. J. Higham, Accuracy and Stability of Numerical Algorithms, 4.2: that error is at most about
    count * eps * sum(|terms|), and of the order of its square root's in practice.
    """
    count = args[0].size if op == "sum" else args[0].shape[1] + (apart is not None)
    if count < FEW_TERMS or (op == "mul" and 1 in (args[0].size, args[1].size)):
        return None
    error = NOISE * float(np.finfo(found.dtype).eps) * max(1.0, count**0.5)
    if op == "sum":
        small = np.abs(found) < error * np.abs(args[0]).sum()
    else:
        one, other = (max(float(arg.max()), -float(arg.min())) for arg in args)
        if apart is not None:
            one, other = max(one, float(np.abs(apart).max())), max(other, 1.0)
        small = (found != 0) & (np.abs(found) < error * count * one * other)
        if small.any():  # it takes another product to know
            terms = np.dot(np.abs(args[0]), np.abs(args[1]))
            small &= np.abs(found) < error * (terms if apart is None else terms + np.abs(apart))
    return small if small.any() else None


class Undefined(ArithmeticError):
    """An operation has no value; the message says why."""


def _scalar(array: Array) -> float:
    return float(array[0, 0])


def _matmul(a: Array, b: Array) -> Array:
    if a.size == 1 or (b.size == 1 and a.shape[1] != 1):
        return a * b
    return np.asarray(np.dot(a, b))


def _lse(x: Array) -> Array:
    return log_sum_exp(x.reshape(-1, 1), 0, np.log1p)


def _where_nonzero(x: Array, y: Array, function: Callable[[Array, Array], Array]) -> Array:
    x, y = np.broadcast_arrays(x, y)
    found = np.zeros_like(x)
    mask = x != 0
    found[mask] = function(x[mask], y[mask])
    return found


def _gaussian(x: Array) -> Array:
    x = np.minimum(np.abs(x), GONE)
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    found = np.exp(-high * high) * np.exp(-(x - high) * (x + high))
    return np.where(x == GONE, 0.0, found)


def _normal_pdf(x: Array) -> Array:
    x = np.minimum(np.abs(x), NORMAL_GONE)
    scaled = SPLITTER * x
    high = scaled - (scaled - x)
    return np.asarray(DENSITY * (np.exp(-high * high / 2) * np.exp(-(x - high) * (x + high) / 2)))


_erfc = np.vectorize(math.erfc, otypes=[np.float64])


def _or_nan(function: Callable[..., float]) -> Callable[..., Array]:
    """Return a function of floats as one of arrays, with what NumPy has where there is no value."""

    def found(*args: float) -> float:
        try:
            return function(*args)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return np.vectorize(found, otypes=[np.float64])


def _normal_cdf(x: Array) -> Array:
    x = np.maximum(x, -NORMAL_GONE)
    z = -x * ROOT_HALF
    less = np.minimum(x, 0)
    return np.asarray(_erfc(z) / 2 * np.exp(-half_square(less, np.maximum(z, 0))))


def _gelu_gate(x: Array) -> Array:
    exponent = gate_exponent(np.minimum(np.abs(x), GATE_GONE))
    small = np.exp(-exponent.high) * (1 - exponent.low)
    return np.asarray(np.where(x > 0, 1, small) / (1 + small))


def _sigmoid_less(x: Array, y: Array) -> Array:
    small = _apart(x, y)
    return np.asarray(np.where(x > y, 1, small) / (1 + small))


def _apart(x: Array, y: Array) -> Array:
    with np.errstate(over="ignore", invalid="ignore"):
        high, low = plus(Doubled(x, 0.0), Doubled(-y, 0.0))
    return np.asarray(np.exp(-np.abs(high)) * (1 - np.where(np.isfinite(low), low, 0) * np.sign(high)))


def _logaddexp(x: Array, y: Array) -> Array:
    return np.asarray(np.maximum(x, y) + np.log1p(_apart(x, y)))


def _power_slope(x: Array, y: Array) -> Array:
    with np.errstate(all="ignore"):
        whole = np.power(x, y)
        found = y * np.where((x != 0) & np.isfinite(whole) & (np.abs(whole) >= SMALL), whole / x, np.power(x, y - 1))
    return np.where(y == 0, 0.0, found)


def _whole(x: float | Array) -> Array:
    return np.array([[float(x)]])


def _add(*xs: Array) -> Array:
    found = xs[0]
    for x in xs[1:]:
        found = found + x
    return found


def _intercept(x: Array) -> Array:
    return np.vstack([np.ones((1, x.shape[1])), x])


# -- matrices -----------------------------------------------------------------------------------


def _near_singular(a: Array) -> bool:
    """Return whether rounding alone could make `a` singular, its rows and columns scaled to be of one size."""
    for axis in (1, 0):
        top = np.abs(a).max(axis=axis, keepdims=True)
        if not top.all():
            return True
        a = np.ldexp(a, -np.frexp(top)[1])
    sizes = np.linalg.svd(a, compute_uv=False)
    return bool(sizes[-1] <= len(a) * np.finfo(np.float64).eps * sizes[0])


def _exact_determinant(a: Array) -> float:
    """Return the determinant of `a`, eliminated in rationals."""
    from fractions import Fraction

    rows = [[Fraction(x) for x in row] for row in a.tolist()]
    found = Fraction(1)
    for k in range(len(rows)):
        pivot = next((i for i in range(k, len(rows)) if rows[i][k]), None)
        if pivot is None:
            return 0.0
        if pivot != k:
            rows[k], rows[pivot] = rows[pivot], rows[k]
            found = -found
        found *= rows[k][k]
        for i in range(k + 1, len(rows)):
            factor = rows[i][k] / rows[k][k]
            rows[i] = [x - factor * y for x, y in zip(rows[i], rows[k], strict=True)]
    try:
        return float(found)
    except OverflowError:
        return float("inf")


def _determinant(a: Array) -> Array:
    return _whole(_exact_determinant(a) if len(a) <= EXACT_ROWS else float(np.linalg.det(a)))


def _log_determinant(a: Array) -> Array:
    sign, value = np.linalg.slogdet(a)
    if sign > 0 and not _near_singular(a):
        return _whole(value)
    determinant = _scalar(_determinant(a))
    if determinant <= 0:
        raise Undefined(not_positive(determinant))
    return _whole(np.log(determinant))


def _inverse(a: Array) -> Array:
    if _near_singular(a):
        raise Undefined(SINGULAR if len(a) <= EXACT_ROWS and _exact_determinant(a) == 0 else NEARLY_SINGULAR)
    return np.asarray(np.linalg.inv(a))


def _adjugate(a: Array) -> Array:
    """Return the matrix of cofactors, transposed; of a large one by its singular values, which needs no inverse."""
    if len(a) <= EXACT_ROWS:
        cut = [[np.delete(np.delete(a, j, 0), i, 1) for j in range(len(a))] for i in range(len(a))]
        return np.array(
            [[(-1) ** (i + j) * _exact_determinant(each) for j, each in enumerate(row)] for i, row in enumerate(cut)]
        )
    left, sizes, right = np.linalg.svd(a)
    others = [float(np.prod(np.delete(sizes, i))) for i in range(len(a))]
    return np.asarray(np.linalg.det(left) * np.linalg.det(right) * (right.T * others) @ left.T)


def _adjugate_gradient(a: Array, g: Array) -> Array:
    """Return what a matrix receives of the gradient of its adjugate, by its singular values, which needs no inverse."""
    left, sizes, right = np.linalg.svd(a)
    count = len(a)
    others = np.array([[np.prod(np.delete(sizes, [i, j])) * (i != j) for j in range(count)] for i in range(count)])
    turned = right @ g @ left
    inner = np.diag(others @ np.diag(turned)) - turned * others
    return np.asarray(np.linalg.det(left) * np.linalg.det(right) * left @ inner @ right)


def _power(a: Array, b: Array) -> Array:
    return np.square(a) if b.size == 1 and b.item() == 2 else np.power(a, b)


def _matrix_power(a: Array, b: Array) -> Array:
    if a.size == 1:
        return _power(a, b)
    count = int(_scalar(b))
    return np.asarray(np.linalg.matrix_power(a if count >= 0 else _inverse(a), abs(count)))


def _norm(*xs: Array) -> Array:
    x = np.concatenate([each.ravel() for each in xs])
    top = float(np.abs(x).max())
    return _whole(top * float(np.sqrt(((x / top) ** 2).sum())) if top else 0.0)


def _kronecker(a: Array, b: Array) -> Array:
    if a.size * b.size > MOST_ENTRIES:
        raise Undefined(f"it would have {a.size * b.size:,} entries, at most {MOST_ENTRIES:,} are computed")
    return np.asarray(np.kron(a, b))


def _lengths(x: Array, axis: int) -> Array:
    """Return the norms of lines; no square overflows or vanishes."""
    top = np.abs(x).max(axis=axis, keepdims=True)
    scaled = x / np.where(top == 0, 1, top)
    return np.asarray(top * np.sqrt((scaled**2).sum(axis=axis, keepdims=True)))


def _others(a: Array, axis: int) -> Array:
    """Return the products of what is before each entry of a line and what is after it."""
    ones = np.ones_like(a.take([0], axis))
    cut, turned = a.take(range(a.shape[axis] - 1), axis), np.flip(a, axis).take(range(a.shape[axis] - 1), axis)
    before = np.cumprod(np.concatenate((ones, cut), axis), axis)
    after = np.flip(np.cumprod(np.concatenate((ones, turned), axis), axis), axis)
    return np.asarray(before * after)


def _max_shares(x: Array) -> Array:
    """Return 1 at the largest entry of each column; those that are equal have even shares."""
    ties = np.where(x == x.max(axis=0, keepdims=True), 1.0, 0.0)
    return np.asarray(ties / ties.sum(axis=0, keepdims=True))


def _is_largest(*xs: Array) -> Array:
    x, *others = np.broadcast_arrays(*xs)
    top, count = x, np.ones_like(x)
    for y in others:
        top, count = np.maximum(top, y), count + (x == y)
    return np.where(x == top, 1 / count, 0.0)


def _max_first(x: Array) -> Array:
    return np.eye(len(x))[:, np.argmax(x, axis=0)]


def _prod_others(a: Array) -> Array:
    """Return the products of what is before each entry and what is after it."""
    flat = a.reshape(-1)
    before = np.cumprod(np.append(1.0, flat[:-1]))
    after = np.cumprod(np.append(1.0, flat[:0:-1]))[::-1]
    return np.asarray((before * after).reshape(a.shape))


def _cumprod_gradient(x: Array, g: Array) -> Array:
    """Return what each factor receives: the product before it, times what the products from it on receive."""
    found, later = np.cumprod(np.append(1.0, x[:-1, 0])), 0.0
    for place in range(len(x) - 1, -1, -1):
        factor = x[place + 1, 0] if place + 1 < len(x) else 0.0
        later = g[place, 0] + factor * later
        found[place] *= later
    return found[:, None]


def _commutation(m: Array, n: Array) -> Array:
    rows, columns = int(_scalar(m)), int(_scalar(n))
    found = np.eye(rows * columns)
    return found[np.arange(rows * columns).reshape(columns, rows).T.ravel()]


def _part(a: Array, first: Array, last: Array) -> Array:
    """Return some rows of a matrix; one that has fewer is no matrix to take them from."""
    start, end = int(_scalar(first)) - 1, int(_scalar(last))
    if end > len(a):
        raise Undefined(f"there is no row or column {end} of {len(a)}")
    return a[start:end]


def _entries(x: Array, first: Array, last: Array) -> Array:
    return _part(x.T, first, last).T if len(x) == 1 < x.size else _part(x, first, last)


def _places(numbers: Sequence[Array]) -> Windows:
    return Windows(*[int(_scalar(number)) for number in numbers])


def _windows(x: Array, *numbers: Array) -> Array:
    of = _places(numbers)
    if of[:6] == EACH:
        return x.reshape(1, -1)
    if (of.height * of.pictures, of.width, of.padding, of.sides, of.dilation) == (*x.shape, 0, 0, 1):
        return x.reshape(of.pictures, -1).T  # a window is a whole picture
    around = ((0, 0), (of.padding, of.padding), (of.sides, of.sides))
    padded = (
        np.pad(x.reshape(of.pictures, -1, x.shape[1]), around)
        if of.padding or of.sides
        else x.reshape(of.pictures, -1, x.shape[1])
    )
    reach = (of.dilation * (of.height - 1) + 1, of.dilation * (of.width - 1) + 1)
    seen = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    seen = seen[:, :: of.by, :: of.by, :: of.dilation, :: of.dilation]
    return np.asarray(seen.transpose(3, 4, 0, 1, 2).reshape(of.height * of.width, -1))


def _put_back(b: Array, rows: Array, columns: Array, *numbers: Array) -> Array:
    of, m, n = _places(numbers), int(_scalar(rows)), int(_scalar(columns))
    if of[:6] == EACH:
        return b.reshape(m, n)
    height = m // of.pictures
    down, across = of.places(m, n)
    found = np.zeros((of.pictures, height + 2 * of.padding, n + 2 * of.sides), dtype=b.dtype)
    parts = b.reshape(of.height, of.width, of.pictures, down, across)
    for i in range(of.height):
        for j in range(of.width):
            top, left = i * of.dilation, j * of.dilation
            found[:, top : top + of.by * down : of.by, left : left + of.by * across : of.by] += parts[i, j]
    return np.asarray(found[:, of.padding : of.padding + height, of.sides : of.sides + n].reshape(m, n))


ARRAYS: Mapping[str, Callable[..., Array]] = {
    "add": _add, "neg": np.negative, "mul": _matmul, "hadamard": np.multiply, "div": np.divide,
    "hdiv": np.divide, "pow": _matrix_power, "hpow": _power,
    "abs": np.abs, "sign": np.sign, "step": lambda x: np.where(x > 0, 1.0, 0.0),
    "above": lambda x, y: np.where(x > y, 1.0, np.where(x == y, 0.5, 0.0)), "max": np.maximum, "min": np.minimum,
    "is_largest": _is_largest,
    "exp": np.exp, "log": np.log, "sqrt": np.sqrt, "sin": np.sin, "cos": np.cos, "tan": np.tan, "sinh": np.sinh,
    "cosh": np.cosh, "tanh": np.tanh, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "log1p": np.log1p,
    "expm1": np.expm1, "log2": np.log2, "log10": np.log10, "exp2": np.exp2, "cbrt": np.cbrt, "atan2": np.arctan2,
    "floor": np.floor, "round": np.rint, "cumsum": lambda x: np.cumsum(x, axis=0),
    "erfinv": _or_nan(FLOATS["erfinv"]),
    "lgamma": _or_nan(FLOATS["lgamma"]), "polygamma": _or_nan(FLOATS["polygamma"]),
    "prod": lambda x: _whole(float(np.prod(x))), "cumprod": lambda x: np.asarray(np.cumprod(x, axis=0)),
    "erf": np.vectorize(FLOATS["erf"], otypes=[np.float64]),
    "xlogy": lambda x, y: _where_nonzero(x, y, lambda a, b: a * np.log(b)),
    "xdivy": lambda x, y: _where_nonzero(x, y, np.divide),
    "lse": _lse, "transpose": np.transpose, "sum": lambda x: _whole(x.sum()),
    "intercept": _intercept, "trim": lambda x: x[:, 1:],
    "pad": lambda x: np.hstack([np.zeros((len(x), 1)), x]),
    "ones": lambda m, n=None: np.ones((int(_scalar(m)), int(_scalar(n)) if n is not None else 1)),
    "zeros": lambda m, n=None: np.zeros((int(_scalar(m)), int(_scalar(n)) if n is not None else 1)),
    "eye": lambda n: np.eye(int(_scalar(n))), "comm": _commutation,
    "tr": lambda a: _whole(np.trace(a)), "det": _determinant, "logdet": _log_determinant, "inv": _inverse,
    "adj": _adjugate, "adj_gradient": _adjugate_gradient,
    "norm2_scaled": _norm, "diag": lambda x: np.diag(x[:, 0]), "dg": lambda a: np.diag(a)[:, None],
    "vec": lambda a: a.T.reshape(-1, 1), "kron": _kronecker, "column": lambda *xs: np.vstack(xs),
    "row": lambda *xs: np.hstack(xs), "matrix": lambda *rows: np.vstack(rows),
    "rot180": lambda a: a[::-1, ::-1], "windows": _windows, "put_back": _put_back,
    "rows": _part, "columns": lambda a, i, j: _part(a.T, i, j).T,
    "entries": _entries, "columns_0": lambda a, i, j: _part(a.T, i + 1, j + 1).T,
    "entries_0": lambda x, i, j: _entries(x, i + 1, j + 1),
}  # fmt: skip

#: What makes a number of each line along an axis.
_ALONG: Mapping[str, Callable[..., Array]] = {
    "sum": lambda x, axis: np.asarray(x.sum(axis=axis, keepdims=True)),
    "prod": lambda x, axis: np.asarray(x.prod(axis=axis, keepdims=True)),
    "max": lambda x, axis: np.asarray(x.max(axis=axis, keepdims=True)),
    "min": lambda x, axis: np.asarray(x.min(axis=axis, keepdims=True)),
    "lse": lambda x, axis: log_sum_exp(x, axis, np.log1p), "norm2_scaled": _lengths, "prod_others": _others,
}  # fmt: skip
#: Functions of operations that have a meaning, which keep digits that it loses.
BETTER: Mapping[str, Callable[..., Array]] = {
    **LOGITS, "gaussian": _gaussian, "power_slope": _power_slope, "normal_pdf": _normal_pdf, "normal_cdf": _normal_cdf,
    "gelu_gate": _gelu_gate, "prod_others": _prod_others,
    "cumprod_gradient": _cumprod_gradient, "sigmoid_less": _sigmoid_less, "logaddexp": _logaddexp, "mod": np.mod,
    "hypot": np.hypot,
    "max_shares": _max_shares, "max_first": _max_first,
    **{f"{op}_rows": partial(along, axis=1) for op, along in _ALONG.items()},
    **{f"{op}_columns": partial(along, axis=0) for op, along in _ALONG.items()},
}  # fmt: skip
#: The operations that have a function of their own.
PRIMITIVES = ARRAYS.keys() | BETTER.keys()


def function(op: str) -> Callable[..., Array]:
    """Return what computes an operation on arrays: its own function, or its meaning."""
    return ARRAYS.get(op) or BETTER.get(op) or as_a_whole(OPS[op], function)
