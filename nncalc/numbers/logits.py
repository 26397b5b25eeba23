"""Softmax and what belongs to it, on arrays: each column is computed by itself.

The largest logit is taken off before anything is exponentiated, and what rounding takes from a difference of two large
ones is put back. So no logit overflows, and a probability near 0 or 1 keeps its digits. The numbers may be complex.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

#: A two-dimensional array, which may be complex.
Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class Shifted(NamedTuple):
    """Logits less the largest of their column: that as a float, and the little it is off by.

    `exps` are their exponentials, `rest` the sum of those in each column but for the largest, which is 1.
    """

    less: Array
    off: Array
    exps: Array
    rest: Array


def shifted(z: Array) -> Shifted:
    """Return logits less the largest of their column, and their exponentials."""
    columns = np.arange(z.shape[1])
    place = z.real.argmax(axis=0)
    top = z[place, columns]
    with np.errstate(over="ignore", invalid="ignore"):
        less = z - top
        off = _lost(z, top, less)
    exps = np.exp(less)
    exps += exps * off
    exps[place, columns] = 0
    rest = exps.sum(axis=0)
    exps[place, columns] = 1
    return Shifted(less, off, exps, rest)


def _lost(x: Array, y: Array, found: Array) -> Array:
    """Return what x - y is more than the float `found` that it rounds to.

    D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B; 0 where the difference is too large for a float.
    """
    again = found - x
    lost: Array = found - again
    np.subtract(x, lost, out=lost)
    again += y
    lost -= again
    if not np.isfinite(lost).all():
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
    with np.errstate(invalid="ignore"):
        total = (y * terms).sum()
    if not np.isfinite(total):  # 0 times a logarithm of 0
        total = np.multiply(y, terms, where=y != 0, out=np.zeros(terms.shape, np.result_type(y, terms))).sum()
    return np.array([[total]])


def residual(p: Array, y: Array) -> Array:
    """Return p sum(y) - y sum(p) in each column; the largest entry of p is what the others lack to 0."""
    total = y.sum(axis=0)
    found = p * total
    found -= y * p.sum(axis=0)
    columns = np.arange(p.shape[1])
    place = p.real.argmax(axis=0)
    near = 2 * np.real(y[place, columns]) > np.real(total)
    place, columns = place[near], columns[near]
    found[place, columns] = 0
    found[place, columns] = -found.sum(axis=0)[near]
    return np.asarray(found)


def gradient(p: Array, d: Array) -> Array:
    """Return what the logits receive of d, the gradient of their softmax p: p_i sum_k p_k (d_i - d_k)."""
    less = d - d[p.real.argmax(axis=0), np.arange(p.shape[1])]
    return np.asarray(p * (less * p.sum(axis=0) - (less * p).sum(axis=0)))


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
