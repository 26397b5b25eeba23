"""Values of scalar formulas: exact for as long as that can be done, else known to the last digit, or in floats.

An exact value is the value, of a whole formula as of a part: what is computed otherwise starts from it. Knows numbers;
neither shapes nor output forms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from nncalc.language.figures import Exact, exact
from nncalc.language.formula import Call, Formula, Name, Num, call, length, parts
from nncalc.language.printer import show
from nncalc.numbers import exacts, floats
from nncalc.ops import OPS
from nncalc.problems import Problem

if TYPE_CHECKING:
    from nncalc.numbers.refining import Refined

_NONE: Mapping[Name, Any] = MappingProxyType({})

#: How many digits a number of a formula has at most, and how large its exponent is, to be taken as a rational.
_DIGITS, _EXPONENT = 60, 400
#: How many names, numbers and signs a formula in a message has at most.
_READABLE = 2_000


class Evaluation:
    """The values of formulas of quantities whose values are given, each part computed once.

    A class because what is computed gathers in it. A formula is computed in floats, from floats, unless `refine` knows
    its value. `where` is said of what has no value: the quantity and its formula.
    """

    def __init__(
        self,
        floats: Mapping[Name, float] = _NONE,
        exacts: Mapping[Name, Exact | None] = _NONE,
        refine: Callable[[Formula], float | None] | None = None,
    ) -> None:
        self.floats = floats
        self.exacts = exacts
        self.refine = refine
        self.where: tuple[Name, Formula] | None = None
        self.numbers: dict[Formula, float] = {}
        self.rationals: dict[Formula, Exact | None] = {}

    def exact(self, formula: Formula) -> Exact | None:
        """Return the exact value of `formula`, or None where it is irrational, undefined or too long."""
        if isinstance(formula, Name):
            return self.exacts.get(formula)
        if formula not in self.rationals:
            self.rationals[formula] = _rational(formula) if isinstance(formula, Num) else self._exactly(formula)
        return self.rationals[formula]

    def _exactly(self, formula: Call) -> Exact | None:
        if OPS[formula.op].chooses:
            side = self._side(formula)
            return None if side is None else self.exact(side)
        args: list[Exact] = []
        for arg in formula.args:
            value = self.exacts.get(arg) if isinstance(arg, Name) else self.exact(arg)
            if value is None:
                return None
            args.append(value)
        return exacts.function(formula.op)(*args)

    def _side(self, formula: Call) -> Formula | None:
        """Return the side of a case distinction that is taken, None where nothing exact says which."""
        decided = self.exact(formula.args[0])
        return None if decided is None else formula.args[1 if decided > 0 else 2]

    def needed(self, formula: Formula) -> Iterator[Formula]:
        """Yield the parts of a formula that its value needs, arguments first; of two sides the one that is taken."""
        if not any(isinstance(part, Call) and OPS[part.op].chooses for part in parts(formula)):
            yield from parts(formula)
        elif isinstance(formula, Call):
            side = self._side(formula) if OPS[formula.op].chooses else None
            for arg in formula.args if side is None else (formula.args[0], side):
                yield from self.needed(arg)
            yield formula

    def rounded(self, formula: Formula) -> float:
        """Return the value of `formula` rounded to a float; raise Problem (`domain`) where it has none."""
        if isinstance(formula, Name):
            found = self.floats.get(formula)
            if found is None:
                known = self.exacts[formula]
                assert known is not None
                found = float(known)
            return found
        if formula not in self.numbers:
            self.numbers[formula] = self._round(formula)
        return self.numbers[formula]

    def _round(self, formula: Num | Call) -> float:
        try:
            return self._value(formula)
        except ZeroDivisionError:
            why = "division by zero"
        except OverflowError:
            why = "too large for a floating-point number"
        except ValueError:
            assert isinstance(formula, Call)
            by_zero = formula.op in ("pow", "hpow") and self.rounded(formula.args[0]) == 0
            why = "division by zero" if by_zero else f"outside the domain of `{formula.op}`"
        raise self._undefined(formula, why)

    def _value(self, formula: Num | Call) -> float:
        """Return the value of `formula`; raise as `math` does where it has none, Problem where a part has none."""
        if isinstance(formula, Num):
            return _finite(float(formula.text))
        known = self.exact(formula)
        if known is not None:
            return float(known)
        if OPS[formula.op].chooses:
            return self.rounded(formula.args[1 if self.rounded(formula.args[0]) > 0 else 2])
        found = self.refine(formula) if self.refine is not None else None
        if found is not None:
            return found
        return _finite(floats.function(formula.op)(*[self.rounded(arg) for arg in formula.args]))

    def rounded_or_none(self, formula: Formula) -> float | None:
        """Return the value of `formula` rounded to a float, or None where it has none."""
        try:
            return self.rounded(formula)
        except Problem:
            return None

    def _undefined(self, formula: Num | Call, why: str) -> Problem:
        """Return the problem of what has no value."""
        hint = None
        message = f"`{cut(formula)}` is {why}"
        if isinstance(formula, Call):
            args = [self.rounded(arg) for arg in formula.args]
            shown = call(formula.op, *map(_literal, args)) if len(args) <= 8 else formula
            message = f"`{cut(shown)}` is not defined: {why}"
            if formula.op == "log" and args[0] == 0:
                hint = "xlogy(x, y) is x*log(y), and 0 where x is 0; a loss from logits never needs log(0)"
            elif formula.op == "exp":
                hint = "`sigmoid`, `tanh`, `softplus`, `softmax` and `lse` are computed without so large a number"
        if self.where is not None:
            message += placed(*self.where)
        return Problem(message, None, hint, "domain")


def refined(exacts: Mapping[Name, Exact | None], formulas: Mapping[Name, Formula] = _NONE) -> Refined:
    """Return what knows quantities with these exact values or formulas to as many digits as are asked for."""
    from nncalc.numbers.refining import Refined  # imports decimals, which exact numbers never need

    return Refined(formulas, Evaluation(exacts=exacts).exact)


def exact_value(formula: Formula, exacts: Mapping[Name, Exact]) -> Exact | None:
    """Return the exact value of a formula of quantities with these, or None where it is irrational or undefined."""
    found = Evaluation(exacts=exacts).exact(formula)
    return refined(exacts).exactly(formula) if found is None else found


def known(exacts: Mapping[Name, Exact]) -> Evaluation:
    """Return what computes formulas of quantities with these values, to the last digit."""
    return Evaluation({}, exacts, refined(exacts).rounded)


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise OverflowError
    return value


def _rational(number: Num) -> Exact | None:
    """Return what a number of a formula says, or None where it is too long."""
    text = number.text.lower()
    _, _, exponent = text.partition("e")
    if len(text) > _DIGITS or abs(int(exponent or 0)) > _EXPONENT:
        return None
    return exact(text)


def placed(of: Name, formula: Formula) -> str:
    """Return where something has no value, as the end of a message."""
    return f", in `{of} = {cut(formula)}`"


def cut(formula: Formula) -> str:
    """Return a formula's text, without its end where that is long; of one too long to be read, the operation alone.

    What parts share is written again and again, so that a text may be longer than any memory.
    """
    if isinstance(formula, Call) and length(formula) > _READABLE:
        return f"{formula.op}(...)"
    text = show(formula)
    return text if len(text) <= 200 else f"{text[:200]} ..."


def _literal(number: float) -> Formula:
    text = repr(float(number)).removesuffix(".0")
    return call("neg", Num(text[1:])) if text.startswith("-") else Num(text)
