"""Independent derivatives: numbers put into a formula, and its complex step beside what a rule says.

The complex step takes Im f(x + ih)/h, exact to rounding for an h as small as 1e-30 (Squire and Trapp, SIAM
Review 40, 1998), so no rule of the table is used. Knows numbers and NumPy; derivative rules and
text are not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, permutations
from math import pi, sqrt
from typing import Any, NamedTuple

import numpy as np
from numpy.random import Generator

from nncalc.arrays import ARRAYS, Array
from nncalc.formula import Call, Formula, Name, Num, names_in, parts
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.shapes import Shapes
from nncalc.sizes import Size, letters_in, size_formula

STEP = 1e-30
#: How far an operation's result is moved to see what rounding does, relative to it.
ROUNDING = 1e-15
LARGE = 1e6
#: How far a derivative may be from the complex step, relative to its largest entry.
CLOSE = 1e-7
#: The sizes that letters stand for: all different, so that a transpose in the wrong place is seen.
SIZES = (
    (4, 3, 2, 5, 6, 7),
    (3, 5, 4, 2, 7, 6),
    (2, 5, 3, 6, 4, 7),
    (5, 4, 6, 3, 2, 7),
    (6, 2, 3, 4, 7, 5),
    (3, 4, 2, 6, 5, 7),
)
CHOICES, MOST_CHOICES = 2, 200
MOST_ENTRIES = 4_000
#: The condition number up to which a matrix is inverted.
WELL = 1e5

Complex = np.ndarray[Any, np.dtype[Any]]


class Sample(NamedTuple):
    """Random numbers for every quantity of a formula, and what the letters of sizes stand for."""

    values: Mapping[Name, Array]
    sizes: Mapping[str, int]


# -- values, complex as well ------------------------------------------------------------------------------


def _real(x: Complex) -> Complex:
    return np.real(x)


def _erf(x: Complex) -> Complex:
    """Return the error function near the real line; its slope is what it is the integral of."""
    real = np.asarray(ARRAYS["erf"](_real(x)))
    return np.asarray(real + 1j * np.imag(x) * 2 / sqrt(pi) * np.exp(-(_real(x) ** 2)))


def _lse(x: Complex) -> Complex:
    top = _real(x).max()
    return np.array([[top + np.log(np.exp(x - top).sum())]])


def _softmax(x: Complex) -> Complex:
    e = np.exp(x - _real(x).max(axis=0, keepdims=True))
    return np.asarray(e / e.sum(axis=0, keepdims=True))


def _where(x: Complex, condition: Callable[[Complex], Complex], yes: Complex, no: Complex) -> Complex:
    return np.where(condition(_real(x)), yes, no)


def _pick(x: Complex, y: Complex, *, larger: bool) -> Complex:
    return np.where((_real(x) >= _real(y)) == larger, x, y)


def _whole(x: Any) -> Complex:
    return np.array([[x]])


def _pow(x: Complex, y: Complex) -> Complex:
    whole = np.imag(y).any() or np.any(_real(y) != np.round(_real(y)))
    if not whole and y.size == 1:
        return np.asarray(x ** int(_real(y)[0, 0])) if _real(y)[0, 0] >= 0 else 1 / x ** int(-_real(y)[0, 0])
    return np.asarray(np.power(x, y))


#: Operations whose function for arrays is right for real numbers only, as the complex step needs them.
_COMPLEX: Mapping[str, Callable[..., Complex]] = {
    "abs": lambda x: x * np.sign(_real(x)), "sign": lambda x: np.sign(_real(x)),
    "step": lambda x: np.where(_real(x) > 0, 1.0, 0.0),
    "above": lambda x, y: np.where(_real(x) > _real(y), 1.0, np.where(_real(x) == _real(y), 0.5, 0.0)),
    "max": lambda x, y: _pick(x, y, larger=True), "min": lambda x, y: _pick(x, y, larger=False),
    "relu": lambda x: np.where(_real(x) > 0, x, 0), "leaky_relu": lambda x: np.where(_real(x) > 0, x, 0.01 * x),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)), "softplus": lambda x: np.log(1 + np.exp(x)), "erf": _erf,
    "lse": _lse, "softmax": _softmax, "pow": _pow, "asin": np.arcsin, "acos": np.arccos,
    "det": lambda a: _whole(np.linalg.det(_well(a))),
    "logdet": lambda a: _whole(_positive_log(np.linalg.det(_well(a)))),
    "inv": lambda a: np.linalg.inv(_well(a)), "adj": lambda a: np.linalg.det(a) * np.linalg.inv(_well(a)),
    "sum": lambda a: _whole(a.sum()), "mean": lambda a: _whole(a.mean()), "tr": lambda a: _whole(np.trace(a)),
    "inner": lambda a, b: _whole((a * b).sum()), "intercept": lambda x: np.vstack([np.ones((1, x.shape[1])), x]),
    "column": lambda *xs: np.vstack(xs), "row": lambda *xs: np.hstack(xs),
    "xlogy": lambda x, y: x * np.log(y), "xdivy": lambda x, y: x / y,
    "squared_error": lambda p, y: _whole(((p - y) ** 2).sum() / 2),
    "cross_entropy": lambda p, y: _whole(-(y * np.log(p)).sum()),
    "binary_cross_entropy": lambda p, y: _whole(-(y * np.log(p) + (1 - y) * np.log(1 - p)).sum()),
    "cross_entropy_logits": lambda z, y: _whole(-(y * np.log(_softmax(z))).sum()),
    "binary_cross_entropy_logits": lambda z, y: _whole((np.log(1 + np.exp(z)) - y * z).sum()),
    "norm1": lambda a: _whole((a * np.sign(_real(a))).sum()), "norm2": lambda a: _whole(np.sqrt((a * a).sum())),
    "hypot": lambda *xs: _whole(np.sqrt(sum((x * x).sum() for x in xs))),
}  # fmt: skip


def _well(a: Complex) -> Complex:
    """Return a square matrix that has an inverse, else one of no numbers."""
    real = _real(a)
    good = np.isfinite(real).all() and np.linalg.cond(real) < WELL
    return a if good else np.full(a.shape, np.nan)


def _positive_log(x: complex) -> complex:
    return np.log(x) if x.real > 0 else complex("nan")


def value(
    formula: Formula, values: Mapping[Name, Complex], sizes: Mapping[str, int], shaken: Generator | None = None
) -> Complex:
    """Return the value of `formula`, a two-dimensional array; what is not defined, or too large, is nan in it.

    `values` may be complex; `sizes` says what the letters of shapes stand for. With `shaken` the result of every
    operation is moved by a few units in its last places, which shows how much of the value is rounding.
    """
    found: dict[Formula, Complex] = {}
    with np.errstate(all="ignore"):
        for part in parts(formula):
            if isinstance(part, Num):
                found[part] = np.array([[float(part.text)]])
            elif isinstance(part, Name):
                found[part] = values[part] if part in values else np.array([[float(sizes[part.base])]])
            else:
                try:
                    found[part] = _called(part, [found[arg] for arg in part.args])
                except (np.linalg.LinAlgError, ArithmeticError):
                    return np.array([[np.nan]])
                if shaken is not None:
                    found[part] = _moved(found[part], shaken)
    return found[formula]


def _moved(x: Complex, random: Generator) -> Complex:
    """Return numbers with a few units added in their last places; small whole numbers are exact and stay."""
    exact = (x == np.round(_real(x))) & (np.abs(x) < LARGE)
    return np.where(exact, x, x * (1 + ROUNDING * random.standard_normal(x.shape)))


def _called(part: Call, args: list[Complex]) -> Complex:
    if part.op == "pow" and args[0].size > 1:
        return np.asarray(np.linalg.matrix_power(args[0], int(_real(args[1])[0, 0])))
    word = OPS[part.op].value
    function = _COMPLEX.get(part.op) or _COMPLEX.get(word) or ARRAYS[word]
    if word in ("log", "sqrt") and not all((_real(arg) > 0).all() for arg in args):
        return np.full(args[0].shape, np.nan)
    if word == "pow" and part.op == "hpow":
        return _pow(*args)
    return np.asarray(function(*args))


# -- the complex step ---------------------------------------------------------------------------------------


def jacobian(formula: Formula, wrt: Name, sample: Sample, shaken: Generator | None = None) -> Complex:
    """Return J[p, q, r, c], the derivative of entry r, c of `formula` by entry p, q of `wrt`, by the complex step."""
    x = sample.values[wrt]
    rows = []
    for p in range(x.shape[0]):
        for q in range(x.shape[1]):
            moved = x.astype(complex)
            moved[p, q] += 1j * STEP
            rows.append(np.imag(value(formula, {**sample.values, wrt: moved}, sample.sizes, shaken)))
    with np.errstate(over="ignore"):
        return np.array(rows).reshape(*x.shape, *rows[0].shape) / STEP


def along(formula: Formula, wrt: Name, direction: Array, sample: Sample) -> Complex:
    """Return the differential of `formula` for the change `direction` of `wrt`, by the complex step."""
    moved = sample.values[wrt] + 1j * STEP * direction
    found = value(formula, {**sample.values, wrt: moved}, sample.sizes)
    return np.asarray(np.imag(found) / STEP)


def laid_out(full: Complex) -> Complex:
    """Return a Jacobian J[p, q, r, c] as a matrix, in denominator layout: columns are stacked."""
    p, q, r, c = full.shape
    if r == c == 1:
        return np.asarray(full[:, :, 0, 0])
    if p == q == 1:
        return np.asarray(full[0, 0].T if c == 1 else full[0, 0])
    return np.asarray(full.transpose(1, 0, 3, 2).reshape(p * q, r * c))


def is_derivative(found: Formula, formula: Formula, wrt: Name, sample: Sample, *, turned: bool = False) -> bool | None:
    """Return whether `found` is the derivative of `formula` at some numbers, None where either has no value there.

    `turned` says that it is the transpose. Where the two differ, what rounding does to each is measured: a
    difference of that size is none.
    """

    def both(shaken: Generator | None) -> tuple[Complex, Complex]:
        full = laid_out(jacobian(formula, wrt, sample, shaken))
        return value(found, sample.values, sample.sizes, shaken), full.T if turned else full

    ours, theirs = both(None)
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return None
    if ours.shape != theirs.shape:
        return False
    if agree(ours, theirs):
        return True
    random = np.random.default_rng(0)
    noise = np.zeros(ours.shape)
    for _ in range(4):
        mine, other = both(random)
        noise = np.maximum(noise, np.abs(mine - ours) + np.abs(other - theirs))
    size = np.abs(value(formula, sample.values, sample.sizes)).max()
    room = 100 * (noise.max() + ROUNDING * size) + CLOSE * np.abs(theirs).max()
    return bool(np.abs(ours - theirs).max() <= room)


def agree(one: Complex, other: Complex, close: float = CLOSE) -> bool:
    """Return whether two arrays have one shape and equal entries, but for rounding."""
    if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return False
    return bool(np.abs(one - other).max() <= close * max(1e-9, float(np.abs(other).max())))


# -- random numbers -------------------------------------------------------------------------------------------


def samples(
    shapes: Shapes,
    names: list[Name],
    assumed: Mapping[Name, frozenset[str]],
    formula: Formula,
    count: int = 2,
    choices: int = CHOICES,
) -> Iterator[Sample]:
    """Yield random numbers at which `formula` is defined, `count` for each of `choices` of sizes; always the same.

    Raises Problem (`domain`) where no numbers are found.
    """
    letters = sorted(
        {letter for each in names for letter in letters_in(shapes.of(each))}
        | {each.base for each in names_in(formula) if each.base in shapes.letters and not each.index and not each.of}
    )
    settled = 0
    for place, choice in enumerate(chain(SIZES, permutations(sorted(SIZES[0]))) if letters else SIZES[:1]):
        sizes = {letter: choice[i % len(choice)] for i, letter in enumerate(letters)}
        if any(_entries(shapes.of(each), sizes) > MOST_ENTRIES for each in names):
            raise Problem(
                f"the shapes have more than {MOST_ENTRIES:,} entries, too many to check a derivative by", None,
                "write sizes as letters, such as n x d, or leave the check out with --no-verify", "usage",
            )  # fmt: skip
        random = np.random.default_rng(place)
        found = 0
        for trial in range(40):
            drawn = {each: _drawn(each, shapes, sizes, assumed, random, trial // 8) for each in names}
            if np.isfinite(value(formula, drawn, sizes)).all():
                yield Sample(drawn, sizes)
                found += 1
            if found == count:
                break
        settled += found > 0
        if settled == choices:
            return
        if place == (MOST_CHOICES if settled else len(SIZES)):
            break
    if not settled:
        raise Problem(
            "no random numbers were found at which the expression has a value, so nothing can be checked", None,
            "say what its quantities are, with --assume 'x: positive' or 'S: spd', or skip the check: --no-verify",
            "domain",
        )  # fmt: skip


def _entries(shape: tuple[Size, Size], sizes: Mapping[str, int]) -> int:
    rows, columns = (number(size, sizes) for size in shape)
    return rows * columns


def number(size: Size, sizes: Mapping[str, int]) -> int:
    """Return what a size comes to when its letters stand for whole numbers."""
    return int(_real(value(size_formula(size), {}, sizes))[0, 0])


def _drawn(
    of: Name, shapes: Shapes, sizes: Mapping[str, int], assumed: Mapping[Name, frozenset[str]], random: Any, wish: int
) -> Array:
    """Return random numbers for one quantity; `wish` tries other kinds where ordinary ones have no value."""
    rows, columns = (number(size, sizes) for size in shapes.of(of))
    found: Array = random.standard_normal((rows, columns)) * 0.7
    words = assumed.get(of, frozenset())
    square = rows == columns > 1
    if "probability" in words:
        found = np.abs(found) + 0.2
        return np.asarray(found / found.sum())
    if "positive" in words or wish in (1, 3):
        found = np.abs(found) + (3 if "large" in words else 0.3)
    if "sign" in words:
        found = np.sign(found)
    if "spd" in words or (square and wish in (2, 3)):
        return np.asarray(found @ found.T / sqrt(rows) + 0.8 * np.eye(rows))
    if "symmetric" in words:
        found = (found + found.T) / 2
    if "invertible" in words and square:
        found = found * 0.4 + 1.5 * np.eye(rows)
    return found * 0.1 if "small" in words or wish == 4 else found
