"""Softmax and what belongs to it, on arrays: each column is computed by itself.

The largest logit is taken off before anything is exponentiated, and what rounding takes from a difference of two large
ones is put back. So no logit overflows, and a probability near 0 or 1 keeps its digits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

import numpy as np

#: A two-dimensional array, which may be complex.
Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]


class _Shifted(NamedTuple):
    """Logits less the largest of their column: that as a float, and the little it is off by.

    `exps` are their exponentials, `rest` the sum of those in each column but for the largest, which is 1.
    """

    less: Array
    off: Array
    exps: Array
    rest: Array


def _shifted(z: Array) -> _Shifted:
    place = z.real.argmax(axis=0, keepdims=True)
    top = np.take_along_axis(z, place, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        less = z - top
        off = _lost(z, top, less)
        exps = np.exp(less)
        exps += exps * off
    np.put_along_axis(exps, place, 0, 0)
    rest = exps.sum(axis=0, keepdims=True)
    np.put_along_axis(exps, place, 1, 0)
    return _Shifted(less, off, exps, rest)


def _lost(x: Array, y: Array, found: Array) -> Array:
    """Return what x - y is more than the float `found` that it rounds to.

    D. E. Knuth, The Art of Computer Programming 2, 4.2.2, theorem B; 0 where the difference is too large for a float.
    """
    again = found - x
    lost = (x - (found - again)) - (y + again)
    return np.where(np.isfinite(lost), lost, 0.0)


def log1p(x: Array) -> Array:
    """Return log(1 + x); near the real line nothing small is lost in its real part."""
    found = np.log1p(x.real)
    return found if np.isrealobj(x) else np.asarray(found + 1j * x.imag / (1 + x.real))


def softmax(z: Array) -> Array:
    """Return exp(z) divided by its sum in each column."""
    found = _shifted(z)
    return np.asarray(found.exps / (1 + found.rest))


def log_softmax(z: Array) -> Array:
    """Return the logarithm of softmax."""
    found = _shifted(z)
    return np.asarray(found.less - (log1p(found.rest) - found.off))


def cross_entropy_logits(z: Array, y: Array) -> Array:
    """Return the sum over all entries of -y log softmax(z)."""
    found = _shifted(z)
    terms = log1p(found.rest) - found.off - found.less
    shares = np.multiply(y, terms, where=y != 0, out=np.zeros(terms.shape, np.result_type(y, terms)))
    return np.array([[shares.sum()]])


def softmax_residual(p: Array, y: Array) -> Array:
    """Return p sum(y) - y sum(p) in each column, of which the terms that cancel are left out."""
    return np.asarray(p * _others(y) - y * _others(p))


def softmax_gradient(p: Array, d: Array) -> Array:
    """Return what the logits receive of d, the gradient of their softmax p: p_i sum_k p_k (d_i - d_k)."""
    if len(p) == 1:
        return np.zeros(np.broadcast_shapes(p.shape, d.shape))
    top = np.take_along_axis(d, p.real.argmax(axis=0, keepdims=True), 0)
    less = d - top
    return np.asarray(p * (less * p.sum(axis=0, keepdims=True) - (less * p).sum(axis=0, keepdims=True)))


def _others(x: Array) -> Array:
    """Return for each entry the sum of the others in its column, which no difference loses."""
    nothing = np.zeros((1, x.shape[1]))
    before = np.concatenate([nothing, x.cumsum(axis=0)[:-1]])
    after = np.concatenate([x[::-1].cumsum(axis=0)[::-1][1:], nothing])
    return np.asarray(before + after)


LOGITS: Mapping[str, Callable[..., Array]] = {
    "softmax": softmax, "shifted_softmax": softmax, "log_softmax": log_softmax, "softmax_residual": softmax_residual,
    "softmax_gradient": softmax_gradient, "cross_entropy_logits": cross_entropy_logits,
}  # fmt: skip
