"""Losses as people write them by hand, of units that saturate, against mpmath with 1,000 digits.

Where 1 - p rounds to 0, the loss and its gradient still have all of theirs.
"""

from __future__ import annotations

import json
import os
import random
from fractions import Fraction
from typing import NamedTuple

import pytest
from independent import Matrix, evaluate, mp, real

from nncalc.cli.app import run
from nncalc.language.formula import Name, name
from nncalc.language.parser import parse

pytestmark = pytest.mark.sampled

COUNT = int(os.environ.get("NNCALC_DIGITS", "300"))
#: How many networks one test takes.
SHARE = 20
#: A probability p of a logit z, and a loss of p and z for a label y.
ONE = ("sigmoid(z)", "1/(1 + exp(-z))", "exp(z)/(1 + exp(z))", "1 - sigmoid(-z)", "(1 + tanh(z/2))/2")
LOSSES = (
    "-(y*log(p) + (1 - y)*log(1 - p))", "-y*log(p) - (1 - y)*log(1 - p)", "-log(p)", "-log(1 - p)",
    "-log(p^y * (1 - p)^(1 - y))", "log(1 + exp(z)) - y*z", "-log(p/(1 - p))", "(p - y)^2/2",
)  # fmt: skip
#: The same of classes.
MANY = ("softmax(z)", "exp(z)/sum(exp(z))")
LOSSES_OF_MANY = ("-sum(y.*log(p))", "-y'*log(p)", "-sum(log(p).*y)/3", "sum((p - y).^2)/2")
HIDDEN = ("tanh({})", "sigmoid({})", "1 ./ (1 + exp(-({})))", "{}")


class Case(NamedTuple):
    """Equations, in their order, and the numbers of the names in them."""

    equations: dict[str, str]
    given: dict[str, list[list[Fraction]]]

    @property
    def words(self) -> list[str]:
        """The command line that computes it."""
        written = [word for left, right in self.equations.items() for word in ("-e", f"{left} = {right}")]
        floats = {of: [[float(x) for x in row] for row in matrix] for of, matrix in self.given.items()}
        return [*written, *(f"{of}={json.dumps(rows)}" for of, rows in floats.items())]

    def loss(self, given: dict[str, Matrix]) -> mp.mpf:
        """Return the loss, to as many digits as mpmath has."""
        values: dict[Name, Matrix] = {name(of): matrix for of, matrix in given.items()}
        for left, right in self.equations.items():
            values[name(left)] = evaluate(parse(right), values)
        return real(values[name("L")][0][0])

    def slope(self, of: str, row: int, column: int) -> mp.mpf:
        """Return the derivative of the loss by a number, as a difference over a step of 10 to the power -300."""
        step = mp.mpf(10) ** -300
        found = []
        for at in (step, -step):
            matrix = [list(each) for each in self.given[of]]
            matrix[row][column] = mp.mpf(matrix[row][column].numerator) / matrix[row][column].denominator + at
            found.append(self.loss({**self.given, of: matrix}))
        return (found[0] - found[1]) / (2 * step)


def drawn(seed: int) -> Case:
    """Return a network of one hidden layer with its last logits between about -800 and 800."""
    draw = random.Random(seed)
    several = draw.random() < 0.4
    outputs = draw.choice([2, 3]) if several else 1

    def numbers(rows: int, columns: int, most: int = 20) -> list[list[Fraction]]:
        return [[Fraction(draw.randint(-most, most), 10) for _ in range(columns)] for _ in range(rows)]

    hidden = draw.choice(HIDDEN).format("W*x + b")
    equations = {"h": hidden, "z": "V*h + c"}
    equations["p"] = draw.choice(MANY if several else ONE)
    equations["L"] = draw.choice(LOSSES_OF_MANY if several else LOSSES)
    label = draw.randrange(outputs) if several else draw.randrange(2)
    given = {
        "x": numbers(2, 1), "W": numbers(2, 2), "b": numbers(2, 1), "V": numbers(outputs, 2),
        "c": numbers(outputs, 1, draw.choice([20, 200, 400, 8000])),
        "y": [[Fraction(place == label)] for place in range(outputs)] if several else [[Fraction(label)]],
    }  # fmt: skip
    if not any("y" in right for right in equations.values()):
        del given["y"]
    return Case(equations, given)


@pytest.mark.parametrize("first", range(0, COUNT, SHARE))
def test_a_loss_by_hand_keeps_its_digits(first: int, capsys: pytest.CaptureFixture[str]) -> None:
    for seed in range(first, first + SHARE):
        case = drawn(seed)
        split = "--split" if seed % 2 else "--no-split"
        parameters = ["W", "b", "V", "c"]
        assert run(["backward", *case.words, "--wrt", ",".join(parameters), split, "--format", "json"]) == 0, case.words
        found = json.loads(capsys.readouterr().out)
        with mp.workdps(1000):
            assert close(found["values"]["L"], case.loss(dict(case.given))), case.words
            places = [(of, i, j) for of in parameters for i, row in enumerate(case.given[of]) for j in range(len(row))]
            for of, i, j in random.Random(seed).sample(places, 4):
                assert close(found["gradients"][of][i][j], case.slope(of, i, j)), (case.words, of, i, j)


def close(found: float, true: mp.mpf) -> bool:
    """Return whether a number has twelve digits, or is as near as floats lie there."""
    return abs(found - true) <= abs(true) * mp.mpf(10) ** -12 + mp.mpf("5e-324")
