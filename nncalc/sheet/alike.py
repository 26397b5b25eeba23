"""Lines that are alike: thousands of lines whose formulas differ by names alone are made from what is found once.

Of a formula of numbers what is found is a function that computes it and its wording with holes for names and numbers.
These are lines for programs, which read neither the chain rule in symbols nor whether a value is rounded. Knows
formulas and numbers as they are shown; not how they look.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from typing import NamedTuple

from nncalc.graph.graph import Equation
from nncalc.graph.patterns import Pattern, pattern
from nncalc.language.figures import Figure
from nncalc.language.formula import Call, Formula, Name
from nncalc.language.wording import ALONE, Filled, Wording, wording
from nncalc.numbers.rounding import MOST, Shown, rounded
from nncalc.page import Side
from nncalc.sheet.copying import COPIED

#: Of how many numbers what is shown at first is kept.
KEPT = 4096
#: So many lines that are alike are worth a function of their own; where there are more kinds than these, few are.
MANY, KINDS = 4, 1_000


class Alike(NamedTuple):
    """What lines have in common: how they are written, and their value from those of their names, where it has one."""

    wording: Wording
    compute: Callable[[Sequence[float]], float | None]


class Seen(NamedTuple):
    """A number as it is shown: its text, whether that is all of it, and the float that it says."""

    text: str
    exact: bool
    number: float


def seen(shown: Shown) -> Seen:
    """Return a number that is shown, and what its text says."""
    text = shown.text
    return Seen(text, shown.exact, float(Figure(text)) if "/" in text else float(text))


class LinesAlike:
    """Makes the sides of lines of which many are alike; a class because what is found for them gathers in it.

    `shown` returns a number as it is shown to so many digits, `least` is how many those are at first.
    """

    def __init__(self, shown: Callable[[Name, int], Shown], least: int) -> None:
        self.shown = shown
        self.least = least
        self.counts: dict[Hashable, int] = {}
        self.known: dict[Hashable, Alike | None] = {}
        self.at_first = lru_cache(maxsize=KEPT)(lambda of: seen(shown(of, least)))

    def sides(self, equation: Equation) -> tuple[Side, ...] | None:
        """Return the formula of an equation, that with its numbers, and its value; None where few are like it.

        The operands have as many digits as it takes to compute the value shown from them; None where floats have less.
        """
        kind = pattern(equation.formula)
        alike = self._alike(equation, kind) if kind is not None else None
        if kind is None or alike is None:
            return None
        value = self.at_first(equation.name)
        operands = [self.at_first(of) for of in kind.names]
        digits = self.least
        while not self._gives(alike.compute([each.number for each in operands]), value):
            digits += 1
            if digits > MOST:
                return None
            operands = [seen(self.shown(of, digits)) for of in kind.names]
        return (
            Side(Filled(alike.wording, kind.names), role="formula"),
            Side(Filled(alike.wording, numbers=tuple([each.text for each in operands])), role="substituted"),
            Side(Filled(ALONE, numbers=(value.text,)), role="value"),
        )

    def _alike(self, equation: Equation, kind: Pattern) -> Alike | None:
        """Return what an equation has in common with others, once there are many."""
        if kind.key in self.known:
            return self.known[kind.key]
        count = self.counts.get(kind.key, 0) + 1
        if count > MANY:
            self.known[kind.key] = _found(equation.formula, kind)
        if count > 1 or len(self.counts) < KINDS:
            self.counts[kind.key] = count
        return self.known.get(kind.key)

    def _gives(self, again: float | None, value: Seen) -> bool:
        """Return whether a number, rounded as the value is, is the value."""
        if again is None:
            return False
        if value.exact:
            return abs(again - value.number) <= 1e-12 * abs(value.number)
        return rounded(again, self.least) == value.text


def _found(formula: Formula, kind: Pattern) -> Alike | None:
    """Return what is found for a formula; None where its numbers are moved or its steps done while it is copied."""
    if not isinstance(formula, Call) or not kind.names or not (COPIED | {"above"}).isdisjoint(kind.ops):
        return None
    from nncalc.numbers.straight import in_floats  # what a hand-sized calculation never needs

    words = wording(formula)
    return Alike(words, in_floats(formula)) if words is not None else None
