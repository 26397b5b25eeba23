"""`nncalc ops`: what is said of an operation, its curves, and how they are drawn."""

from __future__ import annotations

import json
import math
import re

import pytest

from nncalc.cli.app import run
from nncalc.language.formula import name
from nncalc.language.parser import parse
from nncalc.numbers.along import along
from nncalc.ops import KINDS, OPS
from nncalc.page import Plot
from nncalc.problems import Problem
from nncalc.reference.entry import curve, listed, named, written
from nncalc.render import FORMATS
from nncalc.render.plot import COLUMNS, ROWS, drawn, seen, strokes


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["ops", *words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("word", [op.name for ops in listed().values() for op in ops])
def test_every_operation_has_a_page(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, word, "--format", "json"))
    assert (found["name"], found["written"]) == (word, written(OPS[word]))
    assert found["summary"] == OPS[word].summary
    assert len(found["cases"]) == len(OPS[word].cases)


@pytest.mark.parametrize("form", FORMATS)
def test_a_page_has_every_output_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["elu"], ["softmax", "tan"], []):
        for more in ([], ["--ascii"]):
            text = printed(capsys, *words, "--format", form, *more)
            assert text.strip()
            assert not more or form == "json" or text.isascii()


def test_a_curve_is_drawn_in_every_form_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert "<polyline points=" in printed(capsys, "relu", "--format", "html")
    assert printed(capsys, "relu", "--format", "latex").count(r"\begin{picture}") == 2
    assert "```text\n" in printed(capsys, "relu", "--format", "markdown")
    assert "⠤" in printed(capsys, "tanh", "--format", "plain")
    assert "***" in printed(capsys, "relu", "--ascii")


def test_the_facts_of_an_operation_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys, "elu")
    for said in (
        "ELU(x) = max(0, x) + α (exp(min(0, x)) − 1)", "settings: alpha=1, given by name", "shapes: entry by entry",
        "kink: ELU′(0) = 1", "source: Clevert", "kind: activations", "∂ELU(x)/∂x = 1[x > 0] + ",
    ):  # fmt: skip
        assert said in text
    assert "trained in a layer: slope, from 0.25" in printed(capsys, "prelu")
    assert "domain: x > 0" in printed(capsys, "log")
    assert "elsewhere: siren" in printed(capsys, "sine")
    assert "out is the result" in printed(capsys, "det")
    assert "its rows of `g`" in printed(capsys, "stack")
    assert "domain: not every number" in printed(capsys, "cross_entropy")
    assert "far as the result is a float" in printed(capsys, "exp")


def test_the_list_has_every_operation_by_kind(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    for kind in KINDS:
        assert f"{kind}\n" in text
    assert "|x|" in text
    assert "`abs(x)`: the absolute value" in text
    found = json.loads(printed(capsys, "--format", "json"))["operations"]
    assert [each["name"] for each in found] == [op.name for ops in listed().values() for op in ops]
    assert set(OPS) - {each["name"] for each in found} == {"generic", "matrix", "entries", "entries_0", "columns_0"}


@pytest.mark.parametrize(
    ("word", "op"), [(".*", "hadamard"), ("⊙", "hadamard"), ("'", "transpose"), ("arcsin", "asin"), ("σ", "sigmoid"),
                     ("relu(x)", "relu"), (" tanh ", "tanh"), ("stack", "column"), ("-", "neg")],
)  # fmt: skip
def test_an_operation_is_found_by_name_or_sign(word: str, op: str) -> None:
    assert named(word).name == op


@pytest.mark.parametrize(
    ("word", "hint"),
    [("hubr", "did you mean `huber`?"), ("LogSoftmax", "did you mean `log_softmax`?"),
     ("siren", "did you mean `sine`?"), ("generic", "`nncalc ops` lists them all"),
     ("HuberLoss", "it is `huber`"), ("qqqq", "`nncalc ops` lists them all")],
)  # fmt: skip
def test_an_unknown_operation_has_the_nearest(word: str, hint: str) -> None:
    with pytest.raises(Problem, match="there is no operation") as caught:
        named(word)
    assert caught.value.hint == hint


# -- curves -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "value", "slope"),
    [
        ("tanh", math.tanh, lambda x: 1 - math.tanh(x) ** 2),
        ("huber", lambda x: x * x / 2 if abs(x) < 1 else abs(x) - 0.5, lambda x: max(-1.0, min(1.0, x))),
        ("squared_error", lambda x: x * x / 2, lambda x: x),
        ("prelu", lambda x: max(x, x / 4), lambda x: 1.0 if x > 0 else 0.25),
        ("glu", lambda x: x / (1 + math.exp(-1)), lambda _: 1 / (1 + math.exp(-1))),
        ("step", lambda x: float(x > 0), lambda _: 0.0),
    ],
)
def test_a_curve_is_that_of_the_mathematics(word: str, value: object, slope: object) -> None:
    found = curve(OPS[word])
    assert found is not None
    for points, function in ((found.points, value), (found.slope, slope)):
        assert callable(function)
        assert [y for _, y in points] == pytest.approx([function(x) for x, _ in points], abs=1e-13)


def test_a_curve_ends_where_there_is_no_value() -> None:
    found = curve(OPS["log"])
    assert found is not None
    for points in (found.points, found.slope):
        assert all((y is None) is (x < 0) for x, y in points)


def test_a_curve_goes_past_every_kink() -> None:
    found = curve(OPS["relu6"])
    assert found is not None
    assert found.points[-1][0] > 7


@pytest.mark.parametrize("word", ["softmax", "det", "transpose", "ones", "mul"])
def test_what_is_of_no_number_has_no_curve(word: str) -> None:
    assert curve(OPS[word]) is None


def test_what_has_no_value_along_a_name_is_none() -> None:
    x = name("x")
    assert along(parse("1/x"), {}, x, [0.0, 2.0]) == [None, 0.5]
    assert along(parse("inv([[x, 1], [1, 1]])"), {}, x, [1.0]) == [None]


# -- drawing ------------------------------------------------------------------------------------------


def plot(*values: float | None) -> Plot:
    return Plot(tuple((float(place), value) for place, value in enumerate(values)), "x")


def test_a_line_goes_from_corner_to_corner() -> None:
    lines = drawn(plot(*[k / 10 for k in range(101)]), ascii_only=True)
    assert len(lines) == ROWS + 1
    assert lines[0].startswith("10 ")
    assert lines[0].endswith("*")
    assert lines[ROWS - 1].startswith(" 0 *")
    assert re.fullmatch(r" +0 +x +1e\+02", lines[-1])


def test_dots_of_braille_are_eight_to_a_character() -> None:
    """A falling line of as many dots as there are has one in each row of dots, from the top left."""
    lines = drawn(plot(1, 0), ascii_only=False)
    first = lines[0].removeprefix("1 ")[0]
    assert first == "⠁"
    assert len(lines[0].removeprefix("1 ")) <= COLUMNS


def test_a_constant_is_drawn_with_room_around_it() -> None:
    assert seen(plot(0, 0, 0))[2:] == (-1, 1)
    assert seen(plot(5, 5, 5))[2:] == (4, 6)


def test_an_axis_is_in_sight_where_it_is_near() -> None:
    assert seen(plot(1, 5))[2:] == (0, 5)
    assert seen(plot(-5, -1))[2:] == (-5, 0)
    assert seen(plot(100, 101))[2:] == (100, 101)
    assert seen(plot(-101, -100))[2:] == (-101, -100)


def test_what_is_far_out_is_not_drawn_and_jumps_are_not_joined() -> None:
    found = plot(*[1.0] * 10, 1e9, *[-1.0] * 10, None, -1.0)
    window = seen(found)
    assert window.high <= 4
    assert [len(line) for line in strokes(found, window)] == [10, 10, 1]
    beside = plot(0.0, 10.0, 0.0, None)
    assert [len(line) for line in strokes(beside, seen(beside))] == [1, 1, 1]
