"""Lines that are alike are made from what is found once: each must be the line it would be by itself."""

import csv
import io
import json
import random

import pytest

from nncalc.language.formula import Call, call, literal, name, names_in, num
from nncalc.language.parser import parse
from nncalc.language.printer import ASCII, PAPER, Style, show
from nncalc.language.wording import Filled, wording
from nncalc.numbers.evaluation import Evaluation
from nncalc.numbers.straight import in_floats
from nncalc.render.csv_form import render
from nncalc.sheet.calculation import calculate
from nncalc.sheet.worksheet import streamed, worksheet
from nncalc.spec import read
from nncalc.spec.model import from_spec

FORMULAS = (
    "a * b", "a - b * c", "-a * (b + c)", "(a - b)^2 / 2", "a^b", "a^-b", "a / b / c", "a / (b / c)", "a - (-b - c)",
    "a * (1 - b^2)", "tanh(a) * exp(-b)", "max(a, -b) + abs(c)", "leaky_relu(a) - b", "(-a)^2 + 1/3 * b", "a + b + a*a",
    "relu(a) * log(b)", "1 / (1 + exp(-a))", "a / (1/3 - 1/3)",
)  # fmt: skip
NUMBERS = ("2", "-3", "0.5", "-0.25", "1e-20", "-2.5e300", "0", "1/3", "-22/7")


def drawn(text: str) -> tuple[Call, list[tuple[str, ...]]]:
    """Return a formula and numbers for its names."""
    formula, draw = parse(text), random.Random(text)
    assert isinstance(formula, Call)
    return formula, [tuple(draw.choice(NUMBERS) for _ in names_in(formula)) for _ in range(60)]


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("style", [ASCII, PAPER, Style(latex=True)])
def test_a_wording_filled_in_reads_as_the_formula_does(text: str, style: Style) -> None:
    formula, rows = drawn(text)
    words = wording(formula)
    assert words is not None
    for numbers in rows:
        filled = Filled(words, numbers=numbers)
        assert filled.text(style) == show(filled.formula, style)
    others = tuple(name("z", (k,), of=name("loss")) for k, _ in enumerate(names_in(formula)))
    named = Filled(words, names=others)
    assert named.text(style) == show(named.formula, style)


@pytest.mark.parametrize("text", ["-a", "a / b", "-(a / b)"])
def test_what_may_become_a_number_has_no_wording(text: str) -> None:
    formula = parse(text)
    assert isinstance(formula, Call)
    assert wording(formula) is None


def test_a_formula_filled_in_is_the_formula() -> None:
    formula = parse("a * b")
    assert isinstance(formula, Call)
    words = wording(formula)
    assert words is not None
    assert Filled(words, numbers=("-1/3", "1e+5")).formula is call("mul", literal("-1/3"), num("1e5"))


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_as_a_function_finds_what_an_evaluation_does(text: str) -> None:
    formula, rows = drawn(text)
    run = in_floats(formula)
    for numbers in rows:
        values = [Evaluation().rounded(literal(number)) for number in numbers]
        assert run(values) == Evaluation(dict(zip(names_in(formula), values, strict=True))).rounded_or_none(formula)


def test_a_stream_has_the_lines_of_the_worksheet() -> None:
    draw = random.Random(3)
    rows = [[round(draw.uniform(-1, 1), 3) for _ in range(20)] for _ in range(20)]
    spec = {
        "input": {"name": "x", "values": rows[0]},
        "layers": [{"type": "dense", "activation": "tanh", "weights": {"name": "W", "values": rows}, "bias": "none"},
                   {"type": "dense", "weights": {"name": "v", "values": [rows[1]]}, "bias": "none"}],
        "loss": {"type": "squared_error", "target": 1},
    }  # fmt: skip
    model = from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))
    found = calculate(model, backward=True, scalar=True)
    tables = [
        list(csv.reader(io.StringIO("".join(render(page(found, "scalar"), ASCII))))) for page in (streamed, worksheet)
    ]
    assert len(tables[0]) > 400
    assert sorted(line[1:] for line in tables[0]) == sorted(line[1:] for line in tables[1])  # without their headings
