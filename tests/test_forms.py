"""One number in every form: values and gradients of random specs are those of rational arithmetic, whoever prints them.

Numbers have one decimal and kinks are hit on purpose, where the float beside an exact value would take the wrong side.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from fractions import Fraction
from math import exp
from pathlib import Path
from random import Random
from time import perf_counter
from typing import NamedTuple

import pytest

from nncalc.cli.app import run
from nncalc.language.figures import text_of

COUNT = 300


# -- rational arithmetic with slopes --------------------------------------------------------------------------


class Dual(NamedTuple):
    """A number and its derivatives by x and y, and how it is written."""

    value: Fraction
    slopes: tuple[Fraction, ...]
    text: str
    varies: bool = True

    def turned(self, value: Fraction, factor: Fraction, text: str) -> Dual:
        return Dual(value, tuple(factor * each for each in self.slopes), text)


def plus(one: Dual, other: Dual) -> Dual:
    slopes = tuple(a + b for a, b in zip(one.slopes, other.slopes, strict=True))
    return Dual(one.value + other.value, slopes, f"({one.text} + {other.text})")


def times(one: Dual, other: Dual) -> Dual:
    slopes = tuple(a * other.value + b * one.value for a, b in zip(one.slopes, other.slopes, strict=True))
    return Dual(one.value * other.value, slopes, f"{one.text} * {other.text}")


def relu(u: Dual) -> Dual:
    return u.turned(max(u.value, Fraction(0)), Fraction(u.value > 0), f"relu({u.text})")


def leaky(u: Dual) -> Dual:
    slope = Fraction(1) if u.value > 0 else Fraction(1, 10)
    return u.turned(slope * u.value, slope, f"leaky_relu({u.text}, slope=0.1)")


def absolute(u: Dual) -> Dual:
    return u.turned(abs(u.value), Fraction((u.value > 0) - (u.value < 0)), f"abs({u.text})")


def larger(one: Dual, other: Dual) -> Dual:
    """Return the larger; a tie is shared, unless one side is a constant, which takes it."""
    share = Fraction(one.value > other.value)
    if one.value == other.value:
        share = Fraction(1, 2) if other.varies else Fraction(0)
    slopes = tuple(share * a + (1 - share) * b for a, b in zip(one.slopes, other.slopes, strict=True))
    return Dual(max(one.value, other.value), slopes, f"max({one.text}, {other.text})")


def tenths(random: Random) -> Fraction:
    return Fraction(random.choice([n for n in range(-30, 31) if n]), 10)


def said(number: Fraction) -> str:
    return text_of(float(number))


def constant(number: Fraction) -> Dual:
    return Dual(number, (Fraction(0), Fraction(0)), said(number), varies=False)


def formula(random: Random, x: Fraction, y: Fraction) -> Dual:
    """Return a sum of products of kinked functions of x and y, half of them at their kink."""
    variables = (Dual(x, (Fraction(1), Fraction(0)), "x"), Dual(y, (Fraction(0), Fraction(1)), "y"))

    def linear() -> Dual:
        found = plus(times(constant(tenths(random)), variables[0]), times(constant(tenths(random)), variables[1]))
        return plus(found, constant(-found.value if random.random() < 0.5 else tenths(random)))

    def factor() -> Dual:
        kind = random.choice([relu, leaky, absolute, larger, None])
        if kind is larger:
            one = linear()
            return larger(one, random.choice([linear(), constant(one.value), constant(tenths(random))]))
        return kind(linear()) if kind else linear()

    found = factor()
    for _ in range(random.randint(0, 2)):
        found = plus(found, times(factor(), factor()))
    return found


# -- forms ----------------------------------------------------------------------------------------------------


def printed(capsys: pytest.CaptureFixture[str], *words: str, command: str = "backward") -> str:
    status = run([command, *words])
    found = capsys.readouterr()
    assert status == 0, found.err
    return found.out


def by_csv(text: str) -> dict[str, str]:
    return {row["name"]: row["value"] for row in csv.DictReader(io.StringIO(text))}


def by_pattern(pattern: str) -> Callable[[str], dict[str, str]]:
    return lambda text: dict(re.findall(pattern, text, re.MULTILINE))


#: How the values are read back from each form, those with the names of the ASCII alphabet.
READERS: dict[str, Callable[[str], dict[str, str]]] = {
    "csv": by_csv,
    "plain": by_pattern(r"^(\S+) ~?= (\S+)(?:  #.*)?$"),
    "table": by_pattern(r"^  (\S+) +~?= (\S+)(?:   .*)?$"),
    "markdown": by_pattern(r"^\| (\S+) \| (?:\\~)?= (\S+) \|(?:.*\|)?$"),
    "latex": by_pattern(r"^  (\S.*?) &(?:=|\\approx) (\S+)(?: && .*?)?(?: \\\\\*?)?$"),
}
IN_LATEX = {"f": "f", **{f"d(f)/d({n})": rf"\frac{{\partial f}}{{\partial {n}}}" for n in "xy"}}


def agrees(shown: str, expected: Fraction) -> bool:
    """Return whether a number is shown to its last digit."""
    shown = re.sub(r" \\cdot 10\^\{(-?\d+)\}", r"e\1", shown).replace("\\", "")
    return float(shown) == 0 if expected == 0 else abs(float(shown) / float(expected) - 1) < 1e-5


@pytest.mark.parametrize("seed", range(COUNT))
def test_every_form_has_the_same_numbers(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    random = Random(seed)
    x, y = tenths(random), tenths(random)
    expected = formula(random, x, y)
    words = ["-e", f"f = {expected.text}", f"x={said(x)}", f"y={said(y)}", "--ascii"]
    numbers = {"f": expected.value, "d(f)/d(x)": expected.slopes[0], "d(f)/d(y)": expected.slopes[1]}

    found = json.loads(printed(capsys, *words, "--format", "json", *random.choice([[], ["--show-steps"]])))
    exactly = {"f": found["values"]["f"], **{f"d(f)/d({n})": found["gradients"][n] for n in "xy"}}
    assert exactly == {name: float(number) for name, number in numbers.items()}
    for form, reader in READERS.items():
        values = reader(printed(capsys, *words, "--format", form, *random.choice([[], ["--form", "vector"]])))
        names = IN_LATEX if form == "latex" else {name: name for name in numbers}
        for name, number in numbers.items():
            assert agrees(values[names[name]], number), (form, name)
    for name, number in numbers.items():
        assert Fraction(printed(capsys, *words, "--exact", "--get", name)) == number
        assert agrees(printed(capsys, *words, "--get", name), number)


@pytest.mark.parametrize("seed", range(40))
def test_a_network_at_its_kinks_has_the_gradients_of_rational_arithmetic(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two ReLU units, of which one is at 0 or nearly there, and a squared error."""
    random = Random(1000 + seed)
    x, weights = [tenths(random), tenths(random)], [[tenths(random), tenths(random)] for _ in range(2)]
    sums = [sum(w * value for w, value in zip(row, x, strict=True)) for row in weights]
    bias = [-sums[0], tenths(random)]
    last, target = [tenths(random), tenths(random)], tenths(random)
    before = [a + b for a, b in zip(sums, bias, strict=True)]
    error = sum(v * max(a, Fraction(0)) for v, a in zip(last, before, strict=True)) - target
    back = [2 * error * v if a > 0 else Fraction(0) for v, a in zip(last, before, strict=True)]
    decimals = [[float(w) for w in row] for row in weights]
    spec = {
        "input": {"name": "x", "values": [float(each) for each in x]},
        "layers": [
            {"type": "dense", "weights": {"name": "W", "values": decimals}, "activation": "relu",
             "bias": {"name": "b", "values": [float(each) for each in bias]}},
            {"type": "dense", "weights": {"name": "v", "values": [[float(each) for each in last]]}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "factor": 1, "target": float(target)},
    }  # fmt: skip
    file = tmp_path / "net.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    for form in ("scalar", "vector"):
        found = json.loads(printed(capsys, str(file), "--format", "json", "--show-steps", "--form", form))
        assert found["gradients"]["b"] == [float(each) for each in back]
        assert found["gradients"]["W"] == [[float(each * value) for value in x] for each in back]
        for step in found["steps"]:
            for value, exact in zip(*(numbers(step[key]) for key in ("value", "exact")), strict=True):
                assert exact is None or value == float(Fraction(str(exact)))


def test_no_zero_has_a_sign_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "f = -exp(x) - exp(x)*exp(x)", "x=-800", "--format", "json", "--show-steps"]
    found = printed(capsys, *words)
    assert json.loads(found)["values"]["f"] == 0
    assert not re.search(r"-0(\.0)?[,}\]]", found)


@pytest.mark.parametrize("u", [0, 1, 4, 7, 8, 9, 20, 30, 36, 40, 300, 740])
@pytest.mark.parametrize(("activation", "loss"), [("softmax", "cross_entropy"), ("sigmoid", "binary_cross_entropy")])
def test_the_gradients_past_an_activation_and_at_it_are_both_there(
    activation: str, loss: str, u: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """However sure the network is, and right: the probability p of what is so is 1/(1 + exp(-u))."""
    given = [f"u={u},0", "y=1,0"] if activation == "softmax" else [f"u={u}", "y=1"]
    words = ["-e", f"o = {activation}(u)", "-e", f"L = {loss}(o, y)", *given, "--format", "json"]
    found = json.loads(printed(capsys, *words, "--wrt", "o,u"))["gradients"]
    assert json.loads(printed(capsys, *words, "--wrt", "o"))["gradients"]["o"] == found["o"]
    first = [each[0] if isinstance(each, list) else each for each in (found["o"], found["u"])]
    assert first[0] == pytest.approx(-1 - exp(-u), rel=1e-12)
    assert first[1] == pytest.approx(-exp(-u) / (1 + exp(-u)), rel=1e-12, abs=1.2e-16)


def test_a_gradient_that_is_not_finite_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["backward", "-e", "o = softmax(u)", "-e", "L = cross_entropy(o, y)", "u=800,0", "y=0,1"]
    assert run([*words, "--wrt", "o"]) == 2
    assert "`o` rounds to where it is not finite" in capsys.readouterr().err
    assert run([*words, "--wrt", "u"]) == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-e", "f = relu(x)", "x=0"], ["d(f)/d(x): ReLU′(0) = 0"]),
        (["-e", "o = softmax(u)", "-e", "L = cross_entropy(o, y)", "u=40,0", "y=1,0"],
         ["L: computed from `u`, as `o` rounds", "d(L)/d(y): computed from `u`, as `o` rounds"]),
        (["-e", "f = relu(x)", "x=1"], None),
        (["-e", "L = cross_entropy(p, y)", "p=0.7,0.9", "y=1,0"],
         ["L: the entries of `p` sum to 1.6, probabilities to 1"]),
        (["-e", "L = cross_entropy(p, y)", "p=0.7,0.3", "y=0.5,0.9"],
         ["L: the entries of `y` sum to 1.4, probabilities to 1"]),
        (["-e", "L = cross_entropy_logits(z, y)", "z=7,-3", "y=2,-1"],
         ["L: `y` has the entry 2, a probability lies between 0 and 1",
          "d(L)/d(y): spelled so that every digit is kept"]),
        (["-e", "L = cross_entropy(p, y)", "p=[[0.5, 0.5], [0.5, 0.5]]", "y=[[1, 0.5], [0, 0.2]]"],
         ["L: the entries of `y` sum to 0.7, probabilities to 1"]),
        (["-e", "L = cross_entropy_logits(z, y)", "z=[[1, 2], [3, 4]]", "y=[[0.5, 0.5], [0.9, 0.1]]"],
         ["L: the entries of `y` sum to 1.4, probabilities to 1"]),
        (["-e", "p = sigmoid(z)", "-e", "L = cross_entropy(p, y)", "z=1", "y=1"], None),
        (["-e", "L = cross_entropy_logits(z, 2*y)", "z=7,-3", "y=1,0", "--wrt", "z"], None),
        (["-e", "L = hinge(p, y)", "p=-1", "y=0"], ["L: `y` has the entry 0, a target is -1 or 1"]),
        (["-e", "L = contrastive(a, b, y)", "a=1", "b=4", "y=0.5"],
         ["L: `y` has the entry 0.5, a label is 0 or 1"]),
        (["-e", "L = multiclass_hinge(s, y)", "s=1,5", "y=0.5,0.5"],
         ["L: `y` has the entry 0.5, the right class has a 1, the others 0"]),
        (["-e", "L = poisson_log(z, y)", "z=1", "y=-1"], ["L: `y` has the entry -1, a count is not negative"]),
        (["-e", "L = cross_entropy(p, y)", "p=[[0.7, 0.3]]", "y=[[1, 0]]"], None),
        (["-e", "L = binary_cross_entropy(p, y)", "p=0.7,0.9", "y=1,0.5"], None),
        (["-e", "L = cross_entropy(P, Y)", "P=[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]", "Y=[[1, 0, 0], [0, 0, 1]]"], None),
    ],
)  # fmt: skip
def test_json_says_what_a_page_says_of_spellings_and_conventions(
    words: list[str], said: list[str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert json.loads(printed(capsys, *words, "--format", "json")).get("notes") == said


def numbers(found: object) -> list[object]:
    return [each for part in found for each in numbers(part)] if isinstance(found, list) else [found]


BATCHES = {
    "one unit": ("[[1, 2]]", "sigmoid", "squared_error", "[1, 0, 1]"),
    "one unit, targets in rows": ("[[1, 2]]", "linear", "squared_error", "[[1], [0], [1]]"),
    "two units": ("[[1, 2], [0, 1]]", "softmax", "cross_entropy", "[[1, 0], [0, 1], [1, 0]]"),
}


@pytest.mark.parametrize("case", BATCHES)
def test_a_batch_has_one_arrangement_in_layers_and_in_equations(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights, activation, loss, target = BATCHES[case]
    layers = tmp_path / "layers.toml"
    layers.write_text(
        f"[input]\nvalues = [[1, -2], [3, 4], [5, 6]]\n[[layers]]\ntype = 'dense'\nbias = 'none'\nweights = {weights}\n"
        f"activation = '{activation}'\n[loss]\ntype = '{loss}'\ntarget = {target}\n",
        encoding="utf-8",
    )
    equations = tmp_path / "equations.toml"
    equations.write_text(printed(capsys, str(layers), "--equations", command="forward"), encoding="utf-8")
    found = [json.loads(printed(capsys, str(spec), "--format", "json")) for spec in (layers, equations)]
    for group in ("values", "gradients"):
        assert found[0][group] == found[1][group]
    assert [len(row) for row in found[1]["values"]["yhat"]] == [weights.count("], [") + 1] * 3
    assert found[1]["values"]["y"] == json.loads(target)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ('["x", "yhatt"]', "batch[1]: `yhatt` is not known"), ('"x"', "batch: must be a list of names"),
        ("[3]", "batch[0]: must be a string"),
    ],
)  # fmt: skip
def test_a_batch_of_what_is_not_there_is_refused(
    batch: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(f'batch = {batch}\n[inputs]\nx = [[1, 2]]\n[equations]\nyhat = "2*x"\n', encoding="utf-8")
    assert run(["forward", str(spec)]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["-e", "y = softmax(U) .* (V - sum(V .* softmax(U)))", "U=[[50, 50], [0, 0]]", "V=[[1, 0], [3, 0]]"],
         [[-3.857499695927836e-22, -1], [3.857499695927836e-22, -1.928749847963918e-22]]),
        (["-e", "s = exp(v)", "v=[-800, 1]", "--show-steps"], [0.0, exp(1)]),
        (["-e", "y = softmax(x) .* (x - sum(x .* softmax(x)))", "x=40,0"],
         [1.6993417021166355e-16, -1.6993417021166355e-16]),
    ],
)  # fmt: skip
def test_a_spelling_is_that_of_each_entry(words: list[str], value: object, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, *words, "--no-split", "--format", "json", command="forward"))
    assert numbers([*found["values"].values()][-1]) == pytest.approx(numbers(value), rel=1e-14)


def test_exact_numbers_are_spelled_with_care_but_not_looked_through(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["-e", "L = cross_entropy(p, y)", "p=1,0", "y=1,0", "--exact", "--get", "L"]
    assert printed(capsys, *words, command="forward") == "0\n"
    assert run(["backward", "-e", "y = log(1 - sigmoid(x))", "x=1000", "--exact"]) == 2
    assert "`sigmoid` has no exact value here: `y = log(1 - sigmoid(x))`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "equations",
    [
        [f"v{i} = v{i - 1} / w{i}; w{i} = v{i - 1} + 1" for i in range(1, 40)],
        [f"v{i} = v{i - 1} * exp(x/{i})" for i in range(1, 800)],
    ],
    ids=["diamonds", "products"],
)
def test_a_logarithm_looks_through_few_names(equations: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = [word for text in equations for each in text.split(";") for word in ("-e", each.strip())]
    start = perf_counter()
    printed(capsys, "-e", "v0 = exp(x)", *words, "-e", f"y = log(v{len(equations)})", "x=-1", command="forward")
    assert perf_counter() - start < 10


@pytest.mark.parametrize(
    ("words", "value"),
    [
        (["-e", "l = cross_entropy_logits(z, y)", "z=40,0", "y=1,0"], 4.248354255291589e-18),
        (["-e", "p = softmax(z)", "-e", "l = cross_entropy(p, y)", "z=40,0", "y=1,0"], 4.248354255291589e-18),
        (["-e", "p = softmax(z)", "-e", "l = -sum(y .* log(p))", "z=40,0", "y=1,0"], 4.248354255291589e-18),
        (["-e", "p = 1 ./ (1 + exp(-z))", "-e", "l = -sum(log(p))", "z=40,800"], 4.248354255291589e-18),
        (["-e", "l = sum(log(1 + exp(z)))", "z=-50,-800"], 1.928749847963918e-22),
    ],
)
def test_arrays_keep_the_digits_of_a_loss(
    words: list[str], value: float, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", -1)
    found = json.loads(printed(capsys, *words, "--format", "json", command="forward"))
    assert found["values"]["l"] == pytest.approx(value, rel=1e-14)
