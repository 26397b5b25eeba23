"""Independent derivatives: numbers put into a formula, and its complex step beside what a rule says.

The complex step takes Im f(x + ih)/h, exact to rounding for an h as small as 1e-30 (Squire and Trapp, SIAM
Review 40, 1998), so no derivative rule of the table is used, only what operations mean and where they have
kinks. Knows numbers and NumPy; text is not its business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, islice, permutations, product
from math import sqrt
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.random import Generator

from nncalc.graph.rules import filled, kinks
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import Size, letters_in, size_formula
from nncalc.language.formula import Call, Formula, Name, Num, call, names_in, parts
from nncalc.numbers.arrays import Array
from nncalc.numbers.complex_plan import LARGE, ROUNDING, compiled
from nncalc.numbers.complexes import Complex, real
from nncalc.ops import OPS
from nncalc.ops.kinds import CONSTANT
from nncalc.problems import Problem
from nncalc.progress import told

#: The step, and a second: where they differ, one was too large for a steep slope, or too small to be a number.
STEP, FINER = 1e-30, 1e-100
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
#: How often numbers are drawn until a formula has a value, and until its branches are reached.
MOST_TRIALS, MOST_BRANCHES = 64, 72
#: Of how many step-like operations the branches are looked for, each by itself and in pairs.
MOST_SWITCHES = 8
SCALES = (0.1, 10.0, 30.0, 0.01)
SHIFTS = (0.0, 0.0, 1.0, -1.0, 3.0, -3.0)
MOST_ENTRIES = 4_000
#: How far apart points are whose slopes give a second derivative, and how closely two such distances must agree.
FAR, SETTLED = 1e-3, 1e-5

#: What is computed, exactly with None, shaken with random numbers.
Computed: TypeAlias = Callable[[Generator | None], Complex]


class Sample(NamedTuple):
    """Random numbers for every quantity of a formula, and what the letters of sizes stand for."""

    values: Mapping[Name, Array]
    sizes: Mapping[str, int]


# -- values ---------------------------------------------------------------------------------------------------


def value(
    formula: Formula, values: Mapping[Name, Complex], sizes: Mapping[str, int], shaken: Generator | None = None
) -> Complex:
    """Return the value of `formula`, a two-dimensional array, of nan where it or a part is not defined or too large.

    `values` may be complex; `sizes` says what the letters of shapes stand for. With `shaken` the result of every
    operation is moved by a few units in its last places, which shows how much of the value is rounding.
    """
    plan = compiled(formula)
    return plan.value(plan.run(values, sizes, shaken))


def is_defined(found: Complex) -> bool:
    """Return whether every entry of a value is a number."""
    return bool(np.isfinite(found).all())


# -- the complex step ---------------------------------------------------------------------------------------


def jacobian(
    formula: Formula, wrt: Name, sample: Sample, shaken: Generator | None = None, step: float = STEP
) -> Complex:
    """Return J[p, q, r, c], the derivative of entry r, c of `formula` by entry p, q of `wrt`, by the complex step."""
    x = sample.values[wrt]
    plan = compiled(formula)
    if shaken is None and wrt in plan.names:
        slots = plan.run(sample.values, sample.sizes)
        found = [plan.value(each) for each in plan.moved(slots, wrt, _steps(x, step))]
    else:
        found = [value(formula, {**sample.values, wrt: moved}, sample.sizes, shaken) for moved in _steps(x, step)]
    rows = [np.imag(each) for each in found]
    with np.errstate(over="ignore"):
        return np.array(rows).reshape(*x.shape, *rows[0].shape) / step


def _steps(x: Array, step: float) -> Iterator[Complex]:
    """Yield the numbers with one entry after the other moved into the imaginary."""
    for place in told([*np.ndindex(x.shape)], "checking"):
        moved = x.astype(complex)
        moved[place] += 1j * step
        yield moved


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

    `turned` says that it is the transpose.
    """

    def theirs(shaken: Generator | None, step: float = STEP) -> Complex:
        full = laid_out(jacobian(formula, wrt, sample, shaken, step))
        return full.T if turned else full

    size = float(np.abs(value(formula, sample.values, sample.sizes)).max())
    right = is_equal(lambda shaken: value(found, sample.values, sample.sizes, shaken), theirs, ROUNDING * size)
    return None if right is False and not agree(theirs(None, FINER), theirs(None)) else right


def is_hessian(found: Formula, formula: Formula, wrt: Name, sample: Sample) -> bool | None:
    """Return whether `found` is the second derivative of a number `formula`, None where that cannot be said.

    The complex steps of `formula` itself are compared at points to both sides, in the direction of every entry.
    """

    def ours(shaken: Generator | None) -> Complex:
        return value(found, sample.values, sample.sizes, shaken)

    coarse, theirs = (_differences(formula, wrt, sample, FAR * far) for far in (1.0, 0.5))
    if not (np.isfinite(ours(None)).all() and np.isfinite(theirs).all() and agree(coarse, theirs, SETTLED)):
        return None
    room = 10 * float(np.abs(coarse - theirs).max()) + SETTLED * float(np.abs(theirs).max()) + FAR**3
    room += rounding(ours)
    return agree(ours(None), theirs, 0.0, room) if np.isfinite(room) else None


def _differences(formula: Formula, wrt: Name, sample: Sample, far: float) -> Complex:
    """Return the second derivative of a number, by differences of complex steps over four points."""
    x = sample.values[wrt]
    rows = []
    for place in told([*np.ndindex(x.shape)], "checking"):
        ends = []
        for k in (-2, -1, 1, 2):
            moved = x.copy()
            moved[place] += k * far
            there = sample._replace(values={**sample.values, wrt: moved})
            ends.append(jacobian(formula, wrt, there)[:, :, 0, 0])
        rows.append((ends[0] - 8 * ends[1] + 8 * ends[2] - ends[3]) / (12 * far))
    return laid_out(np.array(rows).reshape(*x.shape, *x.shape))


def is_equal(one: Computed, other: Computed, room: float = 0.0) -> bool | None:
    """Return whether two computations come to the same, None where one has no value, or none that rounding leaves.

    Where they differ, what rounding does to each is measured: a difference of that size, or of `room`, is none.
    """
    ours, theirs = one(None), other(None)
    if not (is_defined(ours) and is_defined(theirs)):
        return None
    if ours.shape != theirs.shape or agree(ours, theirs):
        return bool(ours.shape == theirs.shape)
    room = rounding(one) + rounding(other) + 100 * room
    return agree(ours, theirs, CLOSE, room) if np.isfinite(room) else None


def rounding(compute: Computed) -> float:
    """Return how far rounding may move what is computed, nan where it may leave no value."""
    random = np.random.default_rng(0)
    exact = compute(None)
    return 100 * float(np.max([np.abs(compute(random) - exact).max() for _ in range(4)]))


def agree(one: Complex, other: Complex, close: float = CLOSE, room: float = 0.0) -> bool:
    """Return whether two arrays have one shape and equal entries, but for rounding and for a difference of `room`."""
    if one.shape != other.shape or not (is_defined(one) and is_defined(other)):
        return False
    return bool(np.abs(one - other).max() <= room + close * max(1e-9, float(np.abs(other).max())))


# -- random numbers -------------------------------------------------------------------------------------------


class Manner(NamedTuple):
    """How numbers are drawn where ordinary ones have no value, or do not reach a branch."""

    scale: float = 1.0
    shift: float = 0.0
    positive: bool = False
    definite: bool = False


#: Ways to draw, the ordinary one first.
MANNERS = (
    Manner(), Manner(positive=True), Manner(definite=True), Manner(positive=True, definite=True), Manner(0.1),
)  # fmt: skip


class _Drawing(NamedTuple):
    """What numbers are drawn for."""

    shapes: Shapes
    names: Sequence[Name]
    assumed: Mapping[Name, frozenset[str]]
    formula: Formula
    scales: Sequence[float]

    def drawn(self, sizes: Mapping[str, int], random: Generator, wish: int) -> Sample:
        """Return random numbers."""
        manners = _manners(wish, self.names, random, self.scales)
        values = {}
        for each in self.names:
            rows, columns = (number(size, sizes) for size in self.shapes.of(each))
            values[each] = _drawn(rows, columns, self.assumed.get(each, frozenset()), random, manners[each])
        return Sample(values, sizes)

    def sample(self, sizes: Mapping[str, int], random: Generator, wish: int) -> Sample | None:
        """Return random numbers, None where the formula has no value at them."""
        found = self.drawn(sizes, random, wish)
        return found if np.isfinite(value(self.formula, found.values, sizes)).all() else None

    def ordinary(self, count: int, choices: int) -> Iterator[Sample]:
        """Yield `count` samples for each of `choices` of sizes, as far as there are any."""
        settled = 0
        for place, sizes in enumerate(self.sizes()):
            random = np.random.default_rng(place)
            found = 0
            for trial in range(MOST_TRIALS):
                sample = self.sample(sizes, random, trial // 8)
                if sample is not None:
                    yield sample
                    found += 1
                if found == count:
                    break
            settled += found > 0
            if settled == choices or place == (MOST_CHOICES if settled else len(SIZES)):
                return

    def orders(self, most: int) -> Iterator[Mapping[str, int]]:
        """Yield up to `most` different choices of sizes, those with equal sizes after the first."""
        seen: list[Mapping[str, int]] = []
        for each in chain(islice(self.sizes(), len(SIZES)), self.equal(), self.sizes()):
            if each not in seen and len(seen) < most:
                seen.append(each)
                yield each

    def equal(self) -> Iterator[Mapping[str, int]]:
        """Yield choices in which all sizes are the same."""
        for size in (3, 4):
            yield dict.fromkeys(next(self.sizes()), size)

    def sizes(self) -> Iterator[Mapping[str, int]]:
        """Yield what the letters of sizes stand for; raise Problem where there would be too many numbers."""
        used = [each.base for each in names_in(self.formula) if not each.index and not each.of]
        letters = sorted(
            {letter for each in self.names for letter in letters_in(self.shapes.of(each))}
            | {base for base in used if base in self.shapes.letters}
        )
        for choice in chain(SIZES, permutations(sorted(SIZES[0]))) if letters else SIZES[:1]:
            sizes = {letter: choice[i % len(choice)] for i, letter in enumerate(letters)}
            if any(_entries(self.shapes.of(each), sizes) > MOST_ENTRIES for each in self.names):
                raise Problem(
                    f"the shapes have more than {MOST_ENTRIES:,} entries, too many to check a derivative by", None,
                    "write sizes as letters, such as n x d, or leave the check out with --no-verify", "usage",
                )  # fmt: skip
            yield sizes


def samples(  # noqa: PLR0913 -- what is drawn, and how much of it
    shapes: Shapes,
    names: list[Name],
    assumed: Mapping[Name, frozenset[str]],
    formula: Formula,
    count: int = 2,
    choices: int = CHOICES,
    *,
    also: Sequence[Formula] = (),
) -> Iterator[Sample]:
    """Yield random numbers at which `formula` is defined, `count` for each of `choices` of sizes; always the same.

    More follow where they reach a branch of `formula`, or of one of `also`, that those before did not reach.
    Raises Problem (`domain`) where no numbers are found.
    """
    drawing = _Drawing(shapes, names, assumed, formula, _scales([formula, *also]))
    branches = _Branches([formula, *also])
    used: list[Mapping[str, int]] = []
    for sample in drawing.ordinary(count, choices):
        used += [sample.sizes] if sample.sizes not in used else []
        yield branches.keep(sample)
    if not used:
        raise Problem(
            "no random numbers were found at which the expression has a value, so nothing can be checked", None,
            "say what its quantities are, with --assume 'x: positive' or 'S: spd', or skip the check: --no-verify",
            "domain",
        )  # fmt: skip
    random = np.random.default_rng(len(SIZES))
    for trial in range(MOST_BRANCHES):
        if branches.all_reached():
            return
        further = drawing.sample(used[trial % min(len(used), CHOICES)], random, len(MANNERS) + trial // 6)
        if further is not None and branches.reached(further) - branches.seen:
            yield branches.keep(further)


def tried(
    shapes: Shapes,
    names: list[Name],
    assumed: Mapping[Name, frozenset[str]],
    formula: Formula,
    accept: Callable[[Sample], Sample | None],
    count: int = 4,
) -> Iterator[Sample]:
    """Yield what `accept` makes of random numbers, `count` for each of a few choices of sizes; always the same.

    All orders of sizes are tried, and equal ones, until `accept` takes some: a matrix may have an inverse only where
    one size is less than another. The last manner of drawing is tried longest, at the first sizes.
    """
    drawing = _Drawing(shapes, names, assumed, formula, _scales([formula]))
    settled = taken_so_far = 0
    for trials in (max(len(MANNERS), 2 * count), MOST_TRIALS):
        for place, sizes in enumerate(drawing.orders(MOST_CHOICES if trials < MOST_TRIALS else len(SIZES))):
            random = np.random.default_rng([place, trials])
            found = 0
            for trial in range(trials):
                taken = accept(drawing.drawn(sizes, random, trial))
                if taken is not None:
                    yield taken
                    found += 1
                if found == count:
                    break
            settled += found > 0
            taken_so_far += found
            if settled == CHOICES:
                return
        if taken_so_far >= count:
            return


class _Branches:
    """Which branches of step-like operations samples have reached; a class because it remembers."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        found = [each for formula in formulas for part in parts(formula) for each in _switch(part)]
        self.switches = list(dict.fromkeys(found))[:MOST_SWITCHES]
        count = len(self.switches)
        self.wanted = 2 * count + 2 * count * (count - 1)
        self.seen: set[tuple[tuple[int, int], ...]] = set()

    def all_reached(self) -> bool:
        return len(self.seen) == self.wanted

    def keep(self, sample: Sample) -> Sample:
        if not self.all_reached():
            self.seen |= self.reached(sample)
        return sample

    def reached(self, sample: Sample) -> set[tuple[tuple[int, int], ...]]:
        """Return the signs that arguments have, and those that two of them have together, at one entry if they can."""
        signs = [np.sign(real(value(each, sample.values, sample.sizes))) for each in self.switches]
        found: set[tuple[tuple[int, int], ...]] = set()
        for i, one in enumerate(signs):
            found |= {((i, sign),) for sign in (1, -1) if (one == sign).any()}
            for j, other in enumerate(signs[:i]):
                for sign, another in product((1, -1), repeat=2):
                    here, there = one == sign, other == another
                    both = here & there if here.shape == there.shape else here.any() & there.any()
                    found |= {((j, another), (i, sign))} if both.any() else set()
        return found


def _switch(part: Formula) -> list[Formula]:
    """Return what an operation changes its branch by: where the sign of that changes."""
    if not isinstance(part, Call) or not names_in(part):
        return []
    op = OPS[part.op]
    if op.slope and all(said is CONSTANT for said in op.slope.values()):
        if op.variadic:
            return [call("add", part.args[0], call("neg", other)) for other in part.args[1:]]
        return [filled(" - ".join(op.args), part)]
    return [where for where, _ in kinks(part) if where is not part]


def _scales(formulas: Sequence[Formula]) -> list[float]:
    """Return how large numbers are drawn: first as those of the formulas are."""
    found = {float(part.text) for each in formulas for part in parts(each) if isinstance(part, Num)}
    return list(dict.fromkeys([1.0, 3.0, *sorted(each for each in found if 0 < each < LARGE), *SCALES]))


def _manners(wish: int, names: Sequence[Name], random: Generator, scales: Sequence[float]) -> dict[Name, Manner]:
    """Return how each quantity is drawn; a later `wish` is for larger and smaller numbers, to both sides of 0."""
    if wish < len(MANNERS):
        return dict.fromkeys(names, MANNERS[wish])
    within = scales[: 3 + wish - len(MANNERS)]
    found = {}
    for each in names:
        scale, shift = float(random.choice(within)), float(random.choice(SHIFTS))
        found[each] = Manner(scale, shift, definite=bool(random.integers(3) == 0))
    return found


def _entries(shape: tuple[Size, Size], sizes: Mapping[str, int]) -> int:
    rows, columns = (number(size, sizes) for size in shape)
    return rows * columns


def number(size: Size, sizes: Mapping[str, int]) -> int:
    """Return what a size comes to when its letters stand for whole numbers."""
    return int(real(value(size_formula(size), {}, sizes))[0, 0])


def _arranged(found: Array, words: frozenset[str]) -> Array | None:
    """Return what becomes of random numbers in a matrix of a kind, None where no such kind is said."""
    if "diagonal" in words:
        return np.asarray(np.diag(np.diag(found)))
    if "orthogonal" in words:
        return np.asarray(np.linalg.qr(found)[0])
    if "skew" in words:
        return np.asarray((found - found.T) / 2)
    if "psd" in words:
        return np.asarray(found @ found.T / sqrt(len(found)))
    return None


def _drawn(rows: int, columns: int, words: frozenset[str], random: Generator, manner: Manner) -> Array:
    """Return random numbers of which `words` are true."""
    found: Array = random.standard_normal((rows, columns)) * 0.7 + manner.shift
    square = rows == columns > 1
    if "integer" in words:
        return np.array(random.integers(1 if "positive" in words else -3, 5, (rows, columns)), dtype=float)
    if "in (0, 1)" in words:
        return np.asarray(random.uniform(0.05, 0.95, (rows, columns)))
    if "probability" in words:
        found = (np.abs(found) + 0.2) ** min(manner.scale, 5)
        return np.asarray(found / found.sum())
    if "positive" in words or manner.positive:
        found = np.abs(found) + (3 if "large" in words else 0.3)
    if "sign" in words:
        return np.sign(found)
    arranged = _arranged(found, words)
    if arranged is not None:
        return arranged
    if "spd" in words or (square and manner.definite):
        return np.asarray(found @ found.T / sqrt(rows) + 0.8 * np.eye(rows)) * manner.scale
    if "symmetric" in words:
        found = (found + found.T) / 2
    if "invertible" in words and square:
        found = found * 0.4 + 1.5 * np.eye(rows)
    return found * (0.1 if "small" in words else max(manner.scale, 1.0) if "large" in words else manner.scale)
