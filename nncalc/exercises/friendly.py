"""Numbers that are good to calculate with by hand: small, without a kink, and with short values on every line."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Final

from nncalc.language.figures import Exact, Figure, Rows
from nncalc.language.formula import Name, name
from nncalc.numbers.run import ScalarMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec.model import Model

#: How many draws are tried, first of whole numbers, then of halves, then with one decimal.
TRIES: Final = (2000, 1000, 300)
#: What is drawn from, in tenths.
_CHOICES: Final = (
    tuple(10 * each for each in (-4, -3, -2, -1, 1, 2, 3, 4)), (-20, -15, -10, -5, 5, 10, 15, 20),
    tuple(each for each in range(-15, 16) if each),
)  # fmt: skip
#: How many entries are computed at most in all draws, and how small one is at least that has no exact value.
WORK, SMALLEST = 150_000, 0.005
#: How large a value is at most, and into how many parts one is divided.
LARGEST, PARTS = 200, 100


def friendly(model: Model, seed: int) -> Model:
    """Return a model with other numbers, drawn from a seed: small ones, with which every line stays short.

    No kink is met, no gradient of a parameter is 0, and no two of those are equal by chance. Raises Problem (`domain`)
    where none are found.
    """
    draw = Random(f"friendly {seed}")  # noqa: S311 - numbers to calculate with
    alike = _alike(model)
    share = min(1.0, WORK / (sum(TRIES) * max(1, len(alike))))
    for tries, choices in zip(TRIES, _CHOICES, strict=True):
        for _ in range(max(1, int(tries * share))):
            found = model._replace(given={of: _drawn(model, of, draw, choices) for of in model.given})
            if _is_friendly(found, alike):
                return found
    raise Problem(
        f"no friendly numbers were found in {sum(max(1, int(tries * share)) for tries in TRIES)} draws", None,
        "a smaller network, or one without softmax and roots, has some; leave out --friendly", "domain",
    )  # fmt: skip


def _drawn(model: Model, of: Name, draw: Random, choices: tuple[int, ...]) -> Rows:
    """Return other numbers of a quantity; what says yes or no, or which class, stays."""
    rows = model.given[of]
    if of not in model.parameters and all(float(each) in {0.0, 1.0} for row in rows for each in row):
        return rows
    return [[_tenths(draw.choice(choices)) for _ in row] for row in rows]


def _tenths(count: int) -> Figure:
    return Figure(f"{count / 10:g}")


def _calculated(model: Model) -> Calculation | None:
    try:
        return calculate(model, backward=model.output is not None, scalar=True, lines=False)
    except Problem:
        return None


def _entries(found: Calculation) -> Iterator[tuple[Name, Exact | None, float]]:
    """Yield what is computed, entry by entry, with its exact value if it has one."""
    assert isinstance(found.machine, ScalarMachine)
    for equation in (*found.forward.equations, *found.backward.equations):
        exacts, floats = found.machine.exact_rows(equation.name), found.machine.rows(equation.name)
        for exact_row, row in zip(exacts, floats, strict=True):
            for known, value in zip(exact_row, row, strict=True):
                yield equation.name, known, value


def _alike(model: Model) -> list[float]:
    """Return the values at numbers that nobody chose, in the order of the entries: which are equal, always are."""
    draw = Random("alike")  # noqa: S311
    given = {
        of: rows
        if of not in model.parameters and all(float(each) in {0.0, 1.0} for row in rows for each in row)
        else [[draw.uniform(0.5, 2) for _ in row] for row in rows]
        for of, rows in model.given.items()
    }
    found = _calculated(model._replace(given=given))
    return [] if found is None else [value for _, _, value in _entries(found)]


def _is_friendly(model: Model, alike: list[float]) -> bool:
    found = _calculated(model)
    if found is None or found.notes:
        return False
    seen: dict[float, float] = {}
    by = {name(of.base, of=found.output) for of in model.parameters}
    for place, (of, known, value) in enumerate(_entries(found)):
        if known is not None and not _is_short(known):
            return False
        if of in by and value == 0:
            return False
        if known is None and not SMALLEST <= abs(value) <= LARGEST:
            return False
        if place < len(alike) and of in by:
            other = seen.setdefault(round(value, 9), alike[place])
            if abs(other - alike[place]) > 1e-9 * abs(other):
                return False
    return True


def _is_short(value: Exact) -> bool:
    """Return whether a value has at most two decimals, and is not large."""
    found = Fraction(value)
    return PARTS % found.denominator == 0 and -LARGEST <= found <= LARGEST
