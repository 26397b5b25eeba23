"""Refining: a formula is computed with more and more digits, from the numbers given, until a float's are right.

What lies between is computed again with it, never rounded, so no difference is too small. Knows numbers; no shapes.
"""

from __future__ import annotations

import decimal
from collections.abc import Callable, Mapping
from contextlib import suppress

from nncalc.language.figures import Exact, exact
from nncalc.language.formula import Call, Formula, Name, Num
from nncalc.numbers.reals import FLOAT, LEVELS, Ball, Undecided, ball_of, context, function, nearest
from nncalc.ops import OPS


class Refined:
    """The numbers of a calculation, as they are.

    A class because what is computed, once for each number of digits, gathers in it. `formulas` has the quantities that
    are computed; `exact` finds the exact value of one, or of a formula, or None.
    """

    def __init__(self, formulas: Mapping[Name, Formula], exact: Callable[[Formula], Exact | None]) -> None:
        self.formulas = formulas
        self.exact = exact
        self.balls: Mapping[int, dict[Formula, Ball]] = {digits: {} for digits in LEVELS}

    def rounded(self, formula: Formula) -> float | None:
        """Return the float nearest to the value of `formula`, or None where no number of digits tells.

        Raises as `math` does where it has no value.
        """
        ball = self.narrow(formula, FLOAT)
        return None if ball is None else nearest(ball)

    def text(self, formula: Formula, digits: int) -> str | None:
        """Return the value of `formula` to so many significant digits, or None where no number of digits tells."""
        ball = self.narrow(formula, digits + 2)
        if ball is None:
            return None
        mantissa, _, power = f"{ball.middle:.{digits - 1}e}".partition("e")
        exponent = int(power)
        if not -7 < exponent <= 15:
            return f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
        text = f"{decimal.Decimal(mantissa).scaleb(exponent, context(digits)):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def narrow(self, formula: Formula, digits: int) -> Ball | None:
        """Return the ball of `formula` that tells so many digits; None where there is none.

        Raises as `math` does where it has no value.
        """
        for level in LEVELS:
            with decimal.localcontext(context(level)), suppress(Undecided):
                try:
                    ball = self.ball(formula, self.balls[level])
                except decimal.DecimalException as error:
                    raise OverflowError from error
                if ball.tells(digits):
                    return ball
        return None

    def exactly(self, formula: Formula) -> Exact | None:
        """Return the exact value of a formula, where what is irrational in it only decides; else None."""
        with suppress(ArithmeticError, ValueError):
            self.rounded(formula)
        for level in LEVELS[:-1]:  # the last takes what may be 0 for it
            ball = self.balls[level].get(formula)
            if ball is not None and not ball.radius and abs(ball.middle.adjusted()) <= LEVELS[-1]:
                return exact(str(ball.middle))
        return None

    def ball(self, formula: Formula, known: dict[Formula, Ball]) -> Ball:
        """Return the ball of `formula`, computed in the present context; `known` are those it was computed for."""
        stack = [formula]
        while stack:
            part = stack[-1]
            if part in known:
                stack.pop()
                continue
            exactly = self.exact(part)
            if exactly is not None:
                known[part] = ball_of(exactly)
                continue
            needed = part.args if isinstance(part, Call) else (self.formulas[part],) if isinstance(part, Name) else ()
            if isinstance(part, Call) and OPS[part.op].chooses:
                needed = self.taken(part, known)
            missing = [arg for arg in needed if arg not in known]
            if missing:
                stack.extend(missing)
            elif isinstance(part, Num):
                known[part] = Ball(decimal.Decimal(part.text))
            else:
                balls = [known[arg] for arg in needed]
                whole = isinstance(part, Call) and not (len(needed) < len(part.args))
                known[part] = function(part.op)(*balls) if isinstance(part, Call) and whole else balls[-1]
        return known[formula]

    def taken(self, part: Call, known: Mapping[Formula, Ball]) -> tuple[Formula, ...]:
        """Return what is needed of a case distinction: what decides, then the side it takes."""
        decides = part.args[0]
        if decides not in known:
            return (decides,)
        decided = known[decides].middle if not known[decides].radius else None
        return (decides, part.args[1 if decided else 2]) if decided in (0, 1) else part.args
