"""Losses as people write them by hand, of units that saturate, against mpmath with 1,000 digits.

Where 1 - p rounds to 0, the loss and its gradient still have all of theirs.
"""

from __future__ import annotations

import json
import os
import random
from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from independent import Matrix, evaluate, mp, real

from nncalc.cli.app import run
from nncalc.language.formula import Name, name
from nncalc.language.parser import parse
from nncalc.sheet.calculation import calculate
from nncalc.spec import read
from nncalc.spec.model import from_spec

pytestmark = pytest.mark.sampled

COUNT = int(os.environ.get("NNCALC_DIGITS", "200"))
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


@pytest.mark.parametrize("last", ["sigmoid", "softmax"])
def test_a_batch_in_arrays_keeps_the_digits_of_a_loss_however_small(last: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks whose loss goes down to 1e-12, against 50 digits."""
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", 0)
    least = 1.0
    for seed in range(60):
        draw = random.Random(seed)
        examples, outputs = draw.randint(1, 4), 1 if last == "sigmoid" else draw.choice([2, 3])
        x, weights = matrix(draw, examples, 2), matrix(draw, 3, 2)
        far = draw.choice([1, 5, 10, 20, 30])
        upper, offset = matrix(draw, outputs, 3), [draw.choice([-1, 1]) * far for _ in range(outputs)]
        offset = offset if last == "sigmoid" else [far, *[0.0] * (outputs - 1)]
        labels = [[float(offset[0] > 0)] if outputs == 1 else [1.0, *[0.0] * (outputs - 1)]] * examples
        spec = {
            "input": {"name": "x", "values": x},
            "layers": [
                {"type": "dense", "activation": "tanh", "bias": "none", "weights": {"name": "W", "values": weights}},
                {"type": "dense", "activation": last, "weights": {"name": "V", "values": upper},
                 "bias": {"name": "c", "values": offset}},
            ],
            "loss": {"type": "binary_cross_entropy" if last == "sigmoid" else "cross_entropy", "target": labels},
        }  # fmt: skip
        model = from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))
        found = calculate(model, backward=True, lines=bool(seed % 2))
        with mp.workdps(60):
            loss, slopes = by_mpmath(x, weights, upper, offset, labels)
            least = min(least, float(loss))
            assert close(found.machine.rows(name("loss"))[0][0], loss), seed
            ours = found.machine.rows(name("c", of=name("loss")))
            assert all(close(one, other) for (one,), other in zip(ours, slopes, strict=True)), seed
    assert least < 1e-11


def matrix(draw: random.Random, rows: int, columns: int) -> list[list[float]]:
    return [[round(draw.uniform(-1, 1), 2) for _ in range(columns)] for _ in range(rows)]


def by_mpmath(
    x: list[list[float]], weights: list[list[float]], upper: list[list[float]], offset: list[float],
    labels: list[list[float]],
) -> tuple[Any, list[Any]]:  # fmt: skip
    """Return the loss of a network of one hidden layer, and its slope by the offsets of its outputs."""
    loss, slopes = mp.mpf(0), [mp.mpf(0)] * len(offset)
    for example, label in zip(x, labels, strict=True):
        hidden = [mp.tanh(mp.fdot(map(mp.mpf, row), map(mp.mpf, example))) for row in weights]
        z = [mp.fdot(map(mp.mpf, row), hidden) + o for row, o in zip(upper, offset, strict=True)]
        if len(z) == 1:
            p, q = 1 / (1 + mp.exp(-z[0])), 1 / (1 + mp.exp(z[0]))
            loss -= mp.log(p) if label[0] else mp.log(q)
            slopes[0] += -q if label[0] else p
        else:
            total = sum(mp.exp(each) for each in z)
            loss += sum(-y * mp.log(mp.exp(each) / total) for each, y in zip(z, label, strict=True))
            slopes = [s + mp.exp(each) / total - y for s, each, y in zip(slopes, z, label, strict=True)]
    return loss, slopes


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_a_target_that_is_no_probability_has_the_gradient_of_its_loss(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Softmax less the target is right for a target that sums to 1 alone: here it is softmax/4 less the target."""
    words = ["backward", "-e", "l = cross_entropy_logits(z, y)", "z=1,2,3", "y=0,0,0.25", "--wrt", "z", "--form", form]
    assert run([*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["gradients"]["z"]
    assert found == pytest.approx([0.022507643292595116, 0.06118211776369942, -0.08368976105629453], rel=1e-12)
