"""Softmax and what belongs to it, on arrays: each column is computed by itself.

The largest logit is taken off before anything is exponentiated, and what rounding takes from a difference of two large
ones is put back. So no logit overflows, and a probability near 0 or 1 keeps its digits. The numbers may be complex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

#: A two-dimensional array, which may be complex.
Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Shifted(NamedTuple):
    """Logits less the largest of their column: that as a float, and the little it is off by.

    `exps` are their exponentials, `rest` the sum of those in each column but for the largest, which is 1 and at `top`.
    """

    less: Array
    off: Array
    exps: Array
    rest: Array
    top: tuple[Array, Array]


def shifted(z: Array) -> Shifted:
    """Return logits less the largest of their column, and their exponentials."""
    top = z.real.argmax(axis=0), _counted(z.shape[1])
    largest = z[top]
    with np.errstate(over="ignore", invalid="ignore"):
        less = z - largest
        off = _lost(z, largest, less)
    exps = np.exp(less)
    exps += exps * off
    exps[top] = 0
    rest = np.add.reduce(exps, 0)
    exps[top] = 1
    return Shifted(less, off, exps, rest, top)


@cache
def _counted(count: int) -> Array:
    return np.arange(count)


def _lost(x: Array, y: Array, found: Array) -> Array:
    """Return what x - y is more than the float `found` that it rounds to.

    D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B; 0 where the difference is too large for a float.
    """
    again = found - x
    lost: Array = found - again
    np.subtract(x, lost, out=lost)
    again += y
    lost -= again
    if np.isnan(lost.sum()):
        lost[~np.isfinite(lost)] = 0
    return lost


def log1p(x: Array) -> Array:
    """Return log(1 + x); near the real line nothing small is lost in its real part."""
    found = np.log1p(x.real)
    return found if np.isrealobj(x) else np.asarray(found + 1j * x.imag / (1 + x.real))


def softmax(z: Shifted) -> Array:
    """Return exp(z) divided by its sum in each column."""
    return np.asarray(z.exps / (1 + z.rest))


def log_softmax(z: Shifted) -> Array:
    """Return the logarithm of softmax."""
    return np.asarray(z.less - (log1p(z.rest) - z.off))


def cross_entropy(z: Shifted, y: Array) -> Array:
    """Return the sum over all entries of -y log softmax(z)."""
    terms = log1p(z.rest) - z.off
    terms -= z.less
    total = np.vdot(np.conj(y.T), terms.T)
    if not np.isfinite(total):  # 0 times a logarithm of 0
        total = np.multiply(y, terms, where=y != 0, out=np.zeros(terms.shape, np.result_type(y, terms))).sum()
    return np.array([[total]])


def residual(p: Array, y: Array) -> Array:
    """Return p sum(y) - y sum(p) in each column, of which the entries sum to 0."""
    return _closed(p * np.add.reduce(y, 0) - y * np.add.reduce(p, 0), (p.real.argmax(axis=0), _counted(p.shape[1])))


def residual_of(z: Shifted, p: Array, y: Array) -> Array:
    """Return the same of the softmax p of logits, whose sum is 1."""
    return _closed(p * np.add.reduce(y, 0) - y, z.top)


def _closed(found: Array, top: tuple[Array, Array]) -> Array:
    """Return columns that sum to 0, in which an entry is what the others lack, as it has lost its own digits."""
    found[top] = 0
    found[top] = -np.add.reduce(found, 0)
    return found


def gradient(p: Array, d: Array) -> Array:
    """Return what the logits receive of d, the gradient of their softmax p: p_i sum_k p_k (d_i - d_k)."""
    less = d - d[p.real.argmax(axis=0), np.arange(p.shape[1])]
    return np.asarray(p * (less * p.sum(axis=0) - (less * p).sum(axis=0)))


#: The operations that are softmax.
SOFTMAX = frozenset(["softmax", "shifted_softmax"])
#: What is computed of logits less the largest, which may serve several of these.
OF_SHIFTED: Mapping[str, Callable[..., Array]] = {
    "softmax": softmax, "shifted_softmax": softmax, "log_softmax": log_softmax, "cross_entropy_logits": cross_entropy,
}  # fmt: skip


def _shifting(function: Callable[..., Array]) -> Callable[..., Array]:
    return lambda z, *others: function(shifted(z), *others)


LOGITS: Mapping[str, Callable[..., Array]] = {
    "softmax_residual": residual, "softmax_gradient": gradient,
    **{op: _shifting(function) for op, function in OF_SHIFTED.items()},
}  # fmt: skip
