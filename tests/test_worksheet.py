"""A line never lies: every printed line, read back and computed again, gives what it says."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from printing import present

from nncalc.cli.app import run
from nncalc.graph.elements import Elements
from nncalc.graph.shapes import Shapes
from nncalc.interface.opening import read_spec
from nncalc.interface.presenting import Wish
from nncalc.language.figures import Exact
from nncalc.language.formula import Call, Formula, Num, name
from nncalc.language.parser import Known, parse
from nncalc.numbers.evaluation import Evaluation, exact_value
from nncalc.numbers.rounding import rounded
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import value
from nncalc.spec.model import Model, divided, from_expressions, from_spec, with_values

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "configs").iterdir())
EXPRESSIONS = [
    ("f = sin(x*y)/z + exp(x*z)/(x*y)", "x=2 y=0.5 z=1.5"),
    ("f = x^2*y + y + 2", "x=3 y=4"),
    ("f = relu(x - 2) + abs(y)", "x=2 y=-0.125"),
    ("f = (x + sigmoid(y))/(sigmoid(x) + (x + y)^2)", "x=3 y=-4"),
    ("f = 2*(x*y + max(z, w))", "x=3 y=-4 z=2 w=-1"),
    ("f = sum((X*w - y).^2)/2", "X=[[1,0],[1,1],[1,2]] w=0.1,-0.7 y=1,3,2"),
    ("f = tanh(x)*log(y) - sqrt(y)/3", "x=0.3 y=1/3"),
    ("f = 1e-20*x + 1 - x/7", "x=0.1"),
]


def models() -> list[tuple[str, Model]]:
    found = [(path.name, from_spec(read_spec(str(path)))) for path in SPECS]
    for text, given in EXPRESSIONS:
        model, _ = from_expressions([text])
        pairs = (word.partition("=") for word in given.split())
        model = with_values(model, {left: value(right, left) for left, _, right in pairs})
        found += [(text, model), (f"{text}, split", divided(model))]
    return found


MODELS = models()


def solved(model: Model) -> Calculation:
    leaves = [leaf.base for leaf in model.graph.leaves if leaf not in model.targets]
    return calculate(model, wrt=leaves, backward=True, scalar=True)


def entries(formula: Formula) -> list[list[Formula]]:
    """Return the scalar formulas of a formula in which every name is a number by now."""
    return Elements(Shapes({}), {}).grid(formula)


def floats(formula: Formula) -> list[list[float]]:
    return [[Evaluation().rounded(entry) for entry in row] for row in entries(formula)]


def exacts(formula: Formula) -> list[list[Exact | None]]:
    return [[exact_value(entry, {}) for entry in row] for row in entries(formula)]


def sides(line: str) -> list[tuple[str, str]]:
    """Return what a plain line says the quantity equals: the sign before each side, and the side."""
    text = line.partition("  # ")[0].replace("~=", "≈")
    parts: list[tuple[str, str]] = []
    for piece in text.replace(" ≈ ", " = ≈").split(" = ")[1:]:
        parts.append(("≈", piece[1:]) if piece.startswith("≈") else ("=", piece))
    return parts


def shown(side: str) -> int:
    """Return how many significant digits a number is shown with."""
    return max(6, len(side.split("e", maxsplit=1)[0].replace("−", "").replace("-", "").replace(".", "").lstrip("0")))


@pytest.mark.parametrize("ascii_only", [False, True], ids=["paper", "ascii"])
@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_every_printed_line_computes_again(label: str, model: Model, form: str, ascii_only: bool) -> None:
    wish = Wish(steps=True, form=form, ascii_only=ascii_only, format="plain", file=True)
    text = present("backward", solved(model), wish)
    names = Known({of.base for of in model.graph.names}, whole=form == "vector")
    count = 0
    for line in text.splitlines():
        found = sides(line)
        if len(found) < 2:
            continue
        for _, side in found:  # every side is a formula that reads back
            parse(side, names, paper=not ascii_only)
        substituted, result = found[-2][1], found[-1][1]
        before = parse(substituted, names, paper=not ascii_only)
        after = parse(result, names, paper=not ascii_only)
        if any(character.isalpha() for character in _bare(substituted)) and not _numeric(before):
            continue  # the formula is the name of an earlier value
        count += 1
        if found[-1][0] == "=":
            assert exacts(before) == exacts(after), line
        for row, wanted in zip(floats(before), floats(after), strict=True):
            for ours, theirs in zip(row, wanted, strict=True):
                digits = shown(rounded(theirs, 17)) if found[-1][0] == "=" else 6
                assert rounded(ours, min(digits, 15)) == rounded(theirs, min(digits, 15)), line
    assert count > 0


def _bare(text: str) -> str:
    return "".join(text.split())


def _numeric(formula: Formula) -> bool:
    if isinstance(formula, Num):
        return True
    return isinstance(formula, Call) and all(map(_numeric, formula.args))


@pytest.mark.parametrize(("label", "model"), MODELS, ids=[label for label, _ in MODELS])
def test_every_json_step_computes_again(label: str, model: Model) -> None:
    found = json.loads(present("backward", solved(model), Wish(steps=True, form="scalar", format="json")))
    names = {of.base for of in model.graph.names}
    for step in found["steps"]:
        parse(step["formula"], names)
        assert Evaluation().rounded(parse(step["substituted"])) == pytest.approx(step["value"], rel=1e-5, abs=1e-300), (
            step["id"]
        )
        if step["exact"] is not None:
            assert float(Fraction(step["exact"])) == pytest.approx(step["value"], rel=1e-14)


def test_what_was_typed_is_shown_as_typed() -> None:
    model, _ = from_expressions(["f = x*y"])
    model = with_values(model, {"x": value("0.10", "x"), "y": value("1/3", "y")})
    text = present("forward", calculate(model), Wish(steps=True, format="plain", precision=2, file=True))
    assert "x = 0.10\ny = 1/3\n" in text
    assert "f = x · y = 0.10 · (1/3) ≈ 0.033" in text


def test_equals_is_for_equal_and_about_for_rounded() -> None:
    model, _ = from_expressions(["f = x/3"])
    third = with_values(model, {"x": value("1", "x")})
    one = with_values(model, {"x": value("0.3", "x")})
    wish = Wish(steps=True, format="plain", file=True)
    assert "f = x / 3 = 1/3 ≈ 0.333333" in present("forward", calculate(third), wish)
    assert "f = x / 3 = 0.3/3 = 0.1" in present("forward", calculate(one), wish)


def test_exact_values_are_rationals() -> None:
    model = from_spec(read_spec(str(ROOT / "configs" / "recitation.toml")))
    model = with_values(model, {"x": value("1/3,2/7", "x")})
    found = json.loads(
        present("backward", calculate(model, backward=True, exact=True), Wish(exact=True, format="json"))
    )
    assert found["exact"]["values"]["yhat"] == "11/3"
    assert found["exact"]["gradients"]["beta"] == [["2/3", "14/9", "4/9"]]


def test_the_recitation_gives_the_numbers_of_the_course() -> None:
    model = from_spec(read_spec(str(ROOT / "configs" / "recitation.toml")))
    found = calculate(model, backward=True)
    assert found.machine.rows(name("loss")) == [[8]]
    assert found.machine.rows(name("beta", of=name("loss"))) == [[4, 12, 8]]
    assert found.machine.rows(name("a", of=name("loss"))) == [[4], [8]]
    assert found.machine.rows(name("alpha", of=name("loss"))) == [[4, 4, 8], [8, 8, 16]]


@pytest.mark.parametrize(
    "text", ["x · 2 · y + 0 · x", "1 / (1 / x) + y − y", "(x + y) + x + x", "x · 1 − (−y)", "x¹ + x⁰"]
)
def test_a_formula_of_numbers_is_printed_as_it_was_written(text: str) -> None:
    model, _ = from_expressions([f"f = {text}"])
    model = with_values(model, {n: value("3", n) for n in ("x", "y") if n in text})
    assert f"f = {text} = " in present("forward", calculate(model), Wish(steps=True, format="plain", file=True))


def test_a_line_whose_shown_numbers_have_no_value_is_still_printed(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["yhat = softmax(b)", "loss = cross_entropy(yhat, y)"]
    given = ["b=[1e300, -1e300]", "y=[0, 1]"]
    options = ["--show-steps", "--form", "vector", "--no-split", "--format", "csv"]
    assert run(["backward", *[word for each in words for word in ("-e", each)], *given, *options]) == 0
    assert "2e300" in capsys.readouterr().out


def test_drawn_numbers_are_shown_as_computed_ones_are_and_typed_ones_as_typed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first two numbers of Python's generator with seed 3, from −1/2 to 1/2: −0.26203… and 0.04422…."""
    spec = tmp_path / "net.toml"
    spec.write_text(
        'output = "f"\n[inputs]\nx = [0.12345678901234567, 2]\n[parameters]\n'
        'W = { shape = [1, 2], init = "uniform", low = -0.5, high = 0.5, seed = 3 }\n'
        'V = { shape = [1, 2], init = "constant", value = 0.1 }\n[equations]\nf = "W * x + V * x"\n',
        encoding="utf-8",
    )
    assert run(["forward", str(spec), "--show-steps", "--form", "vector", "--matrices", "inline"]) == 0
    page = capsys.readouterr().out
    assert "W ≈ [−0.262035 0.0442292] " in page
    assert "x = [0.12345678901234567; 2] " in page
    assert "V = [0.1 0.1] " in page
    assert run(["forward", str(spec), "--show-steps", "--form", "scalar", "--precision", "3"]) == 0
    assert "W ≈ [−0.262 0.0442]" in capsys.readouterr().out
    assert run(["forward", str(spec), "--show-steps", "--precision", "17"]) == 0
    assert "W = [−0.26203537290810863 0.04422922529595186]" in capsys.readouterr().out
