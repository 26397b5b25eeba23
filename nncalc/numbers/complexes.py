"""Complex arrays: what each primitive operation computes for a complex step, which keeps the slope beside the value.

Each is analytic to both sides of a kink. What has no value is not a number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import pi, sqrt
from typing import Any, TypeAlias

import numpy as np

from nncalc.numbers.arrays import ARRAYS
from nncalc.numbers.logits import LOGITS, log1p
from nncalc.numbers.whole import as_a_whole, log_sum_exp
from nncalc.ops import OPS

Complex: TypeAlias = np.ndarray[Any, np.dtype[Any]]
#: The condition number up to which a matrix is inverted.
WELL = 1e5


def real(x: Complex) -> Complex:
    return np.real(x)


def _erf(x: Complex) -> Complex:
    """Return the error function near the real line; its slope is what it is the integral of."""
    found = np.asarray(ARRAYS["erf"](real(x)))
    if np.isrealobj(x):
        return found
    return np.asarray(found + 1j * np.imag(x) * 2 / sqrt(pi) * np.exp(-(real(x) ** 2)))


def _cbrt(x: Complex) -> Complex:
    found = np.cbrt(real(x))
    return found if np.isrealobj(x) else np.asarray(found + 1j * np.imag(x) / (3 * found**2))


def _erfinv(x: Complex) -> Complex:
    """Return the inverse error function near the real line; its slope is one over that of the error function."""
    found = np.asarray(ARRAYS["erfinv"](real(x)))
    return found if np.isrealobj(x) else np.asarray(found + 1j * np.imag(x) * sqrt(pi) / 2 * np.exp(found**2))


def _lgamma(x: Complex) -> Complex:
    """Return the logarithm of the gamma function near the real line; its slope is the digamma function."""
    found = np.asarray(ARRAYS["lgamma"](real(x)))
    zero = np.zeros_like(found)
    return found if np.isrealobj(x) else np.asarray(found + 1j * np.imag(x) * ARRAYS["polygamma"](zero, real(x)))


def _polygamma(n: Complex, x: Complex) -> Complex:
    found = np.asarray(ARRAYS["polygamma"](real(n), real(x)))
    if np.isrealobj(x):
        return found
    return np.asarray(found + 1j * np.imag(x) * ARRAYS["polygamma"](real(n) + 1, real(x)))


def _atan2(y: Complex, x: Complex) -> Complex:
    """Return an angle near the real plane."""
    a, b = real(y), real(x)
    return np.asarray(np.arctan2(a, b) + 1j * (b * np.imag(y) - a * np.imag(x)) / (a**2 + b**2))


def _lse(*xs: Complex) -> Complex:
    return log_sum_exp(np.concatenate([each.reshape(-1, 1) for each in xs]), 0, log1p)


def _norm(*xs: Complex) -> Complex:
    """Return the norm, which at 0 has a value though its meaning, a square root, has no slope there."""
    return _whole(np.sqrt(sum((x * x).sum() for x in xs)))


def _pick(x: Complex, y: Complex, sign: int) -> Complex:
    """Return the larger or, for a `sign` of -1, the smaller; of equal ones half of each, which has the mean slope."""
    return np.where(real(x) == real(y), (x + y) / 2, np.where(sign * real(x) > sign * real(y), x, y))


def _is_largest(*xs: Complex) -> Complex:
    return np.asarray(ARRAYS["is_largest"](*map(real, xs)))


def _whole(x: Any) -> Complex:
    return np.array([[x]])


def _xlogy(x: Complex, y: Complex) -> Complex:
    x, y = np.broadcast_arrays(x, y)
    return np.asarray(np.where(x == 0, 0, x * _positive(np.log, np.where(x == 0, 1, y))))


def _xdivy(x: Complex, y: Complex) -> Complex:
    return np.asarray(np.where(x == 0, 0, x / np.where(x == 0, 1, y)))


def _pow(x: Complex, y: Complex) -> Complex:
    whole = np.imag(y).any() or np.any(real(y) != np.round(real(y)))
    if not whole and y.size == 1:
        return np.asarray(x ** int(real(y)[0, 0])) if real(y)[0, 0] >= 0 else 1 / x ** int(-real(y)[0, 0])
    return np.asarray(np.power(x, y))


def _powers(x: Complex, y: Complex) -> Complex:
    """Return powers of a number, or of a square matrix its product with itself."""
    if x.size == 1:
        return _pow(x, y)
    count = int(real(y)[0, 0])
    return np.asarray(np.linalg.matrix_power(x if count >= 0 else _well(x), count))


def _well(a: Complex) -> Complex:
    """Return a square matrix that has an inverse, else one of no numbers."""
    there = real(a)
    good = np.isfinite(there).all() and np.linalg.cond(there) < WELL
    return a if good else np.full(a.shape, np.nan)


def _positive(function: Callable[[Complex], Complex], x: Complex) -> Complex:
    return function(x) if (real(x) > 0).all() else np.full(x.shape, np.nan)


def _log_determinant(a: Complex) -> Complex:
    return _positive(np.log, COMPLEXES["det"](a))


def _adjugate_gradient(a: Complex, g: Complex) -> Complex:
    return as_a_whole(OPS["adj_gradient"], function)(a, g)


COMPLEXES: Mapping[str, Callable[..., Complex]] = {
    **ARRAYS,
    "abs": lambda x: x * np.sign(real(x)), "sign": lambda x: np.sign(real(x)),
    "step": lambda x: np.where(real(x) > 0, 1.0, 0.0),
    "is_largest": _is_largest,
    "above": lambda x, y: np.where(real(x) > real(y), 1.0, np.where(real(x) == real(y), 0.5, 0.0)),
    "max": lambda x, y: _pick(x, y, 1), "min": lambda x, y: _pick(x, y, -1),
    "log": lambda x: _positive(np.log, x), "sqrt": lambda x: _positive(np.sqrt, x), "erf": _erf, "log1p": log1p,
    "log2": lambda x: _positive(np.log2, x), "log10": lambda x: _positive(np.log10, x), "cbrt": _cbrt,
    "erfinv": _erfinv, "lgamma": _lgamma, "polygamma": _polygamma, "atan2": _atan2,
    "floor": lambda x: np.floor(real(x)), "round": lambda x: np.rint(real(x)),
    "pow": _powers,
    "hpow": _pow, "xlogy": _xlogy, "xdivy": _xdivy, "lse": _lse, "norm2_scaled": _norm,
    "prod": lambda a: _whole(np.prod(a)), "sum": lambda a: _whole(a.sum()), "tr": lambda a: _whole(np.trace(a)),
    "det": lambda a: _whole(np.linalg.det(_well(a))), "inv": lambda a: np.linalg.inv(_well(a)),
    "logdet": _log_determinant, "adj": lambda a: COMPLEXES["det"](a) * COMPLEXES["inv"](a),
    "adj_gradient": _adjugate_gradient,
}  # fmt: skip

#: The operations that have a function of their own.
PRIMITIVES = COMPLEXES.keys() | LOGITS.keys()


def function(op: str) -> Callable[..., Complex]:
    """Return what computes an operation on complex arrays: its own function, or its meaning."""
    return COMPLEXES.get(op) or LOGITS.get(op) or as_a_whole(OPS[op], function)
