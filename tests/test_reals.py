"""Balls hold their numbers: every operation on them against mpmath, all over the ball; and what needs many digits."""

from __future__ import annotations

import decimal
import random
from decimal import Decimal

import pytest
from independent import evaluate, mp, real

from nncalc.language.parser import parse
from nncalc.numbers.evaluation import Evaluation
from nncalc.numbers.floats import FLOATS
from nncalc.numbers.reals import LEVELS, REALS, Ball, Undecided, context, function
from nncalc.numbers.refining import Refined


def inverse(x: object) -> object:
    """Return the inverse error function with as many digits as these tests need, as more take long."""
    with mp.workdps(240):
        return mp.erfinv(x)


#: What mpmath calls each function of one number, and where it is tried.
OF_ONE = {
    "exp": mp.exp, "log": mp.log, "sqrt": mp.sqrt, "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "sinh": mp.sinh,
    "cosh": mp.cosh, "tanh": mp.tanh, "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "erf": mp.erf,
    "log1p": lambda x: mp.log(1 + x), "expm1": lambda x: mp.exp(x) - 1, "neg": lambda x: -x, "abs": abs,
    "log2": lambda x: mp.log(x) / mp.log(2), "log10": mp.log10, "exp2": lambda x: mp.mpf(2) ** x, "floor": mp.floor,
    "lgamma": lambda x: mp.re(mp.loggamma(x)),
    "round": mp.nint, "erfinv": inverse, "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
}  # fmt: skip
OF_TWO = {
    "add": lambda x, y: x + y, "mul": lambda x, y: x * y, "div": lambda x, y: x / y, "pow": lambda x, y: x**y,
    "max": max, "min": min, "norm2_scaled": lambda x, y: mp.sqrt(x * x + y * y), "xlogy": lambda x, y: x * mp.log(y),
    "xdivy": lambda x, y: x / y, "lse": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    "atan2": mp.atan2, "polygamma": lambda n, x: mp.psi(int(n), x),
}  # fmt: skip
POSITIVE = ("log", "sqrt", "log1p", "pow", "xlogy", "log2", "log10")
CONSTANT = {"sign", "step", "above", "is_largest"}
SAME = {"hadamard": "mul", "hdiv": "div", "hpow": "pow"}


def drawn(draw: random.Random, op: str, place: int = 0) -> Decimal:
    """Return a number of any size, near the ends of the domain now and then; a count for one."""
    if op == "polygamma" and place == 0:
        return Decimal(draw.randint(0, 4))
    x = draw.uniform(-1, 1) * 10 ** draw.uniform(-30, 2)
    if op in ("asin", "acos", "erfinv"):
        x = draw.choice([x if abs(x) < 1 else 1 / x, 1 - abs(x) % 1, abs(x) % 1 - 1])
    return Decimal(abs(x) if op in POSITIVE else x)


def test_every_primitive_is_there() -> None:
    assert set(REALS) == set(FLOATS)
    assert set(REALS) == set(OF_ONE) | set(OF_TWO) | CONSTANT | set(SAME)
    for op, other in SAME.items():
        assert REALS[op] is REALS[other]


@pytest.mark.parametrize("op", [*OF_ONE, *OF_TWO])
def test_a_ball_holds_the_number_wherever_in_their_balls_the_arguments_are(op: str) -> None:
    draw = random.Random(op)
    reference = OF_ONE.get(op) or OF_TWO[op]
    count = 0
    with mp.workdps(500):
        for digits in LEVELS[:3]:
            with decimal.localcontext(context(digits)):
                for _ in range(40):
                    middles = [drawn(draw, op, place) for place in range(1 if op in OF_ONE else 2)]
                    radii = [abs(x) * Decimal(10) ** -draw.randint(4, digits) for x in middles]
                    if op == "polygamma":
                        radii[0] = Decimal(0)
                    try:
                        ball = function(op)(*map(Ball, middles, radii))
                    except (Undecided, ValueError, OverflowError, ZeroDivisionError):
                        continue
                    count += 1
                    for at in (-1, -0.5, 0, 0.75, 1):
                        args = [mp.mpf(str(x)) + at * mp.mpf(str(r)) for x, r in zip(middles, radii, strict=True)]
                        off = abs(reference(*args) - mp.mpf(str(ball.middle)))
                        assert off <= mp.mpf(str(ball.radius)) * (1 + mp.mpf(10) ** -8), (args, ball)
    assert count > 50


@pytest.mark.parametrize("op", OF_ONE)
def test_a_ball_of_one_number_is_narrow(op: str) -> None:
    draw = random.Random(op)
    with decimal.localcontext(context(LEVELS[1])):
        for _ in range(40):
            x = drawn(draw, op)
            if abs(x) > Decimal("0.001") and (op not in ("asin", "acos", "erfinv") or abs(x) < Decimal("0.99")):
                ball = function(op)(Ball(x))
                assert ball.radius <= abs(ball.middle) * Decimal(10) ** (10 - LEVELS[1]), (x, ball)


@pytest.mark.parametrize(
    "text",
    [
        "1 - sigmoid(40)", "log(1 - sigmoid(800))", "log(1 + exp(-50))", "1/10 - sin(1/10)", "1e-9 - sin(1e-9)",
        "1e300 * 1e-300 + 1e-23 - 1", "sin(1e22)", "cos(1e15) - 1/3", "exp(1)/exp(1) - 1", "sqrt(2)^2 - 2",
        "relu(sin(1)^2 + cos(1)^2 - 1)", "log(exp(-700)) + 700", "tanh(20) - 1", "erf(6) - 1", "exp(1000) / exp(999)",
        "(1 - cos(1e-8)) / 1e-16", "atan(1e20) - atan(1e19)", "acos(1 - 1e-20)", "asin(-1 + 1e-30) + acos(0)",
        "2^0.5 - sqrt(2)", "(-2)^3 + 8 + 1e-40", "lse(1000, 0) - 1000", "expm1(1e-200)", "5e-324 * 3",
        "erf(exp(200)*sqrt(3)/sqrt(3) + 0.5 - exp(200))", "exp(exp(200)*sqrt(3)/sqrt(3) + 0.5 - exp(200))",
        "(sqrt(1e300^2 + 1) - 1e300) * 1e300", "sin(exp(1025))", "(-1.0000001)^20000000",
        "max(sqrt(2), sqrt(2 + 1e-50))", "log10(1000) - 3", "log2(1 + 1e-20)", "cbrt(-2)^3 + 2",
        "floor(sqrt(2)^2 + 1e-60)",
        "atan2(1e-30, -1) - atan2(0, -1)", "round(exp(1))", "exp2(1/2) - sqrt(2)", "atan2(-1, 2) + atan2(1, 2)",
        "lgamma(1e20) - 1e20*(log(1e20) - 1)", "lgamma(1 + 1e-30)", "lgamma(4.5) - log(3.5) - lgamma(3.5)",
        "digamma(1.25) - digamma(0.25) - 4", "digamma(-20.5) - digamma(21.5)", "trigamma(0.5) - 2*atan(1)*4*atan(1)",
        "trigamma(-1e-9)", "polygamma(3, -2.75)", "polygamma(100, 0.5)",
    ],
)  # fmt: skip
def test_a_value_is_right_to_the_last_digit(text: str) -> None:
    refined = Refined({}, Evaluation().exact)
    with mp.workdps(1000):
        assert Evaluation(refine=refined.rounded).rounded(parse(text)) == float(real(evaluate(parse(text), {})[0][0]))


def test_what_is_undefined_is_so_whatever_floats_say() -> None:
    refined = Refined({}, Evaluation().exact)
    with pytest.raises(ValueError, match=r"^$"):
        refined.rounded(parse("log(sin(1)^2 + cos(1)^2 - 1)"))
    with pytest.raises(ZeroDivisionError):
        refined.rounded(parse("1/(sqrt(2)^2 - 2)"))
    with pytest.raises(OverflowError):
        refined.rounded(parse("exp(710)"))
    with pytest.raises(OverflowError):
        refined.rounded(parse("exp(exp(exp(10)))"))
