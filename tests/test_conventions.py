"""Conventions: each is a switch, changes the numbers it is about, and is said where it decides a line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from printing import present

from nncalc.cli.app import run
from nncalc.graph.rows import Turning, straight
from nncalc.graph.rules import either_way
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.interface.presenting import Wish
from nncalc.language.figures import exact
from nncalc.language.formula import name
from nncalc.language.hand import Rounding
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.numbers.array_machine import ArrayMachine
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read, value
from nncalc.spec.conventions import Conventions, typed
from nncalc.spec.model import choosing, from_expressions, from_spec, with_values

Printed = tuple[int, str, str]


@pytest.fixture
def nncalc(capsys: pytest.CaptureFixture[str]) -> Any:
    def called(*args: str) -> Printed:
        status = run(list(args))
        out, err = capsys.readouterr()
        return status, out, err

    return called


def solved(text: str, numbers: str, *chosen: str) -> Calculation:
    """Return expressions with these numbers and conventions, differentiated by every input."""
    model, _ = from_expressions(text.split(";"))
    pairs = (word.partition("=") for word in numbers.split())
    model = choosing(with_values(model, {left: value(right, left) for left, _, right in pairs}), typed(chosen))
    return calculate(model, wrt=[of.base for of in model.inputs], backward=True)


def slopes(found: Calculation) -> dict[str, list[float]]:
    rows = {of.base: found.machine.rows(name(of.base, of=found.output)) for of in found.wrt}
    return {word: [entry for row in each for entry in row] for word, each in rows.items()}


# -- at kinks ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "slope", "said"), [("0", 0, "= 0"), ("0.5", 0.5, "= 0.5"), (".5", 0.5, "= 0.5"), ("1.0", 1, "= 1")]
)
def test_the_slope_of_relu_at_0_is_what_is_chosen_and_said_there_alone(chosen: str, slope: float, said: str) -> None:
    found = solved("f = sum(relu(x))", "x=0,2,-3", f"relu_slope_at_0={chosen}")
    assert slopes(found) == {"x": [slope, 1, 0]}
    page = present("backward", found, Wish(steps=True, form="scalar"))
    assert [line.endswith(f"ReLU′(0) {said}") for line in page.splitlines() if "∂f/∂x" in line] == [True, False, False]


TIES = {
    ("max(x, y)", "split"): [0.5, 0.5], ("max(x, y)", "first"): [1, 0], ("max(x, y)", "all"): [1, 1],
    ("min(x, y)", "split"): [0.5, 0.5], ("min(x, y)", "first"): [1, 0], ("min(x, y)", "all"): [1, 1],
}  # fmt: skip


@pytest.mark.parametrize(("text", "tie"), TIES)
def test_a_tie_is_shared_as_is_chosen(text: str, tie: str) -> None:
    found = solved(f"f = {text}", "x=2 y=2", f"max_tie={tie}")
    assert [*slopes(found).values()] == [[each] for each in TIES[text, tie]]
    assert [*slopes(solved(f"f = {text}", "x=2 y=3", f"max_tie={tie}")).values()] == (
        [[0], [1]] if "max" in text else [[1], [0]]
    )


@pytest.mark.parametrize("word", ["max", "min", "maxout"])
@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_several_that_tie_have_even_shares(word: str, form: str) -> None:
    """As torch.amax and jax.numpy.max share them."""
    far = -1 if word != "min" else 5
    found = solved(f"f = sum({word}(x, y, z, u))", f"x=2,1 y=2,{far} z={far},1 u=2,1")
    third = pytest.approx(1 / 3)
    assert slopes(found) == {"x": [third, third], "y": [third, 0], "z": [0, third], "u": [third, third]}
    lines = [line for line in present("backward", found, Wish(steps=True, form=form)).splitlines() if "∂f/∂" in line]
    assert sum(line.count("a tie in max is shared") + line.count("a tie in min is shared") for line in lines) == (
        6 if form == "scalar" else 4
    )


@pytest.mark.parametrize(("text", "gives"), [
    ("max(x, y, z, 1)", [0.5, 0.5, 0]), ("max(2, x, y)", [0, 0]), ("max(x, 1)", [1]), ("max(1, x, 2)", [0]),
    ("min(3, x, y)", [0.5, 0.5]), ("min(x, 3, 4)", [1]), ("max(max(x, y), z) + max(x, y)", [1, 1, 0]),
    ("max(x, x, y)", [pytest.approx(2 / 3), pytest.approx(1 / 3)]),
])  # fmt: skip
def test_of_several_a_constant_takes_a_tie(text: str, gives: list[float]) -> None:
    given = [word for word in ("x=2", "y=2", "z=1") if word[0] in text.replace("max", "")]
    assert [entry for entries in slopes(solved(f"f = {text}", " ".join(given))).values() for entry in entries] == gives


@pytest.mark.parametrize(("text", "gives"), [
    ('max([x, 0], over="columns")', [0.5]), ('max([x, 0, y], over="columns")', [1 / 3, 1 / 3]),
    ('max(x, over="columns")', [1]), ('min([x, y]\', over="rows")', [0.5, 0.5]),
    ("sum(max_pool2d([[x, 1, y], [0, 1, 0]], size=2, stride=1))", [0, 0]),
])  # fmt: skip
def test_of_a_line_each_that_ties_has_an_even_share_though_one_is_a_constant(text: str, gives: list[float]) -> None:
    found = slopes(solved(f"f = {text}", " ".join(["x=0", "y=0"][: len(gives)])))
    assert [entry for entries in found.values() for entry in entries] == pytest.approx(gives)


def test_what_a_convention_says_of_a_tie_is_said_once_in_a_line() -> None:
    for tie, says in (("first", "of a tie in max the first takes it all"), ("split", "a tie in max is shared")):
        found = solved("f = sum(max_pool2d(A))", "A=[[3,1],[3,3]]", f"max_tie={tie}")
        lines = present("backward", found, Wish(steps=True, form="scalar")).splitlines()
        said = [line.count(says) for line in lines if "∂f/∂A" in line]
        assert said == [1, 0, 1, 1]


def test_numbers_are_compared_as_their_names_are() -> None:
    page = present("backward", solved("f = max(x, y)", "x=10.25 y=0"), Wish(steps=True))
    assert "1[x > y] = 1[10.25 > 0] = 1" in page
    assert "1[y > x] = 1[0 > 10.25] = 0" in page
    page = present("backward", solved("f = max(x, y)", "x=0 y=0"), Wish(steps=True))
    assert "1[x > y] = above(0, 0) = 0.5" in page


def test_of_a_constant_and_a_variable_the_first_or_each_may_have_the_tie() -> None:
    assert slopes(solved("f = max(x, 1)", "x=1")) == {"x": [0]}
    assert slopes(solved("f = max(x, 1)", "x=1", "max_tie=first")) == {"x": [1]}
    assert slopes(solved("f = max(1, x)", "x=1", "max_tie=first")) == {"x": [0]}
    assert slopes(solved("f = max(1, x)", "x=1", "max_tie=all")) == {"x": [1]}


def test_what_a_loss_is_made_of_keeps_its_own_convention() -> None:
    found = solved("f = hinge(x, y)", "x=1 y=1", "max_tie=all")
    assert slopes(found)["x"] == [0]
    assert "taken by the side that is a constant" in present("backward", found, Wish(steps=True))


# -- rounded steps ----------------------------------------------------------------------------------------


CMU = next(
    case
    for case in json.loads((Path(__file__).parent / "cases" / "cmu_10601.json").read_text("utf-8"))["cases"]
    if case["id"] == "cmu-10601-hw5-f19-s20"
)


def homework(**conventions: object) -> bytes:
    return json.dumps({
        "input": {"name": "x", "values": CMU["inputs"]["x"]},
        "layers": [
            {"type": "dense", "activation": activation, "weights": {"name": of, "values": CMU["parameters"][of]}}
            for of, activation in (("alpha", "sigmoid"), ("beta", "softmax"))
        ],
        "loss": {"type": "cross_entropy", "target": CMU["inputs"]["y"]},
        "conventions": conventions,
    }).encode()  # fmt: skip


@pytest.fixture
def cmu(tmp_path: Path) -> str:
    path = tmp_path / "hw5.json"
    path.write_bytes(homework())
    return str(path)


@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_every_number_of_a_homework_with_rounded_steps_is_the_published_one(nncalc: Any, cmu: str, form: str) -> None:
    hand = CMU["expected"]["rounded_every_step_4_decimals"]
    page = nncalc("backward", cmu, "--round-steps", "4", "--format", "json", "--show-steps", "--form", form)[1]
    found = json.loads(page)
    assert {each: found["values"][each] for each in ("a", "z", "b", "yhat", "loss")} == {
        each: hand[each] for each in ("a", "z", "b", "yhat", "loss")
    }
    assert found["gradients"] == {each: hand[f"d{each}"] for each in ("b", "beta", "z", "a", "alpha")}
    assert found["conventions"] == {"round_steps": 4}
    assert "every step is rounded to 4 places after the point, a half away from 0" in found["notes"]


def test_without_rounding_the_homework_has_another_last_digit(nncalc: Any, cmu: str) -> None:
    assert nncalc("forward", cmu, "--get", "loss", "--precision", "5")[1] == "1.3412\n"
    assert nncalc("forward", cmu, "--get", "loss", "--round-steps", "4")[1] == "1.3413\n"


def test_the_update_of_the_homework_is_rounded_too(nncalc: Any, cmu: str, tmp_path: Path) -> None:
    out = tmp_path / "after.json"
    status, page, _ = nncalc("train", cmu, "--rate", "1", "--round-steps", "4", "-o", str(out))
    assert status == 0
    assert "ℓ = 1.3413   at first" in page
    trained = json.loads(out.read_text("utf-8"))
    assert trained["parameters"]["beta"] == CMU["expected"]["rounded_every_step_4_decimals"]["beta_new"]
    assert trained["parameters"]["alpha"] == CMU["expected"]["rounded_every_step_4_decimals"]["alpha_new"]
    assert trained["conventions"] == {"round_steps": 4}


def test_a_rounded_line_shows_its_numbers_as_they_are(nncalc: Any) -> None:
    page = nncalc("forward", "-e", "f = x/y", "x=2000000", "y=7", "--show-steps", "--round-steps", "9")[1]
    assert "f = x / y = 2000000/7 ≈ 285714.285714286\n" in page
    assert "every step is rounded to 9 places after the point" in page
    page = nncalc("forward", "-e", "f = x/y", "x=1", "y=7", "--show-steps", "--round-steps", "9", "--precision", "3")[1]
    assert "≈ 0.143\n" in page
    status, page, _ = nncalc("train", "-e", "f = x^2/3", "x=1", "--wrt", "x", "--round-steps", "9", "--show-steps")
    assert (status, "= 0.333333333\n" in page) == (0, False)
    assert "≈ 0.333333333" in page


@pytest.mark.parametrize(
    ("text", "up", "even"),
    [("1/8", "0.13", "0.12"), ("-1/8", "-0.13", "-0.12"), ("3/8", "0.38", "0.38"), ("1/3", "0.33", "0.33"),
     ("2", "2", "2"), ("-1/300", "0", "0"), ("0.995", "1", "1")],
)  # fmt: skip
def test_a_half_goes_away_from_0_or_to_the_even_digit(text: str, up: str, even: str) -> None:
    sign, bare = (-1, text[1:]) if text.startswith("-") else (1, text)
    for way, wanted in ((False, up), (True, even)):
        own = -1 if wanted.startswith("-") else 1
        assert Rounding(2, way).of(sign * exact(bare)) == own * exact(wanted.removeprefix("-"))


def test_a_slope_is_taken_from_what_was_rounded_or_stated(nncalc: Any) -> None:
    """At x = 2 a sigmoid is 0.8808, to one place 0.9, and its slope 0.9 * 0.1; a norm of nothing has the slope 0."""
    page = nncalc("backward", "-e", "f = sigmoid(x)", "x=2", "--round-steps", "1", "--show-steps", "--precision", "6")[
        1
    ]
    assert "∂f/∂x = f · (1 − f) = 0.9 · (1 − 0.9) ≈ 0.1" in page
    page = nncalc("backward", "-e", "z = sigmoid(x)", "-e", "f = 2*z", "x=2", "--state", "z=0.9", "--get", "d(f)/d(x)")[
        1
    ]
    assert page == "0.18\n"
    assert slopes(solved("f = norm2(x)", "x=0,0", "round_steps=1")) == {"x": [0, 0]}


def test_which_half_it_is_is_said() -> None:
    assert str(Rounding(1)) == "every step is rounded to 1 place after the point, a half away from 0"
    assert str(Rounding(0, even=True)) == "every step is rounded to 0 places after the point, a half to the even digit"
    found = solved("f = x/8", "x=1", "round_steps=2", "round_half=even")
    assert found.machine.rows(name("f")) == [[0.12]]


def test_an_irrational_step_is_rounded_by_its_own_digits() -> None:
    """sqrt(0.25 + 1e-19) is 0.5 + 1e-19 - ..., whose float is 0.5."""
    found = solved("f = sqrt(x)", "x=0.2500000000000000001", "round_steps=0", "round_half=even")
    assert found.machine.rows(name("f")) == [[1]]


def test_a_large_network_is_rounded_too() -> None:
    found = solved("f = sum(exp(x))", f"x={','.join(['0.5'] * 3000)}", "round_steps=2")
    assert found.machine.rows(name("f")) == [[3000 * 1.6487212707001282 // 0.01 / 100]]


def test_rounded_steps_are_neither_exact_nor_single(nncalc: Any, cmu: str) -> None:
    for option in ("--exact", "--float32"):
        status, out, err = nncalc("forward", cmu, option, "--round-steps", "4")
        assert (status, out) == (2, "")
        assert f"error: {option} and rounded steps exclude each other" in err
    err = nncalc("train", cmu, "--steps", "2000", "--round-steps", "4")[2]
    assert "error: 2000 steps are too many to round, at most 1000" in err


def test_a_loss_that_is_taken_of_rounded_probabilities_may_have_no_value(nncalc: Any) -> None:
    args = ("forward", "-e", "p = sigmoid(x)", "-e", "f = log(1 - p)", "x=20", "--round-steps", "4", "--no-split")
    assert "error: `log(0)` is not defined" in nncalc(*args)[2]


# -- what is chosen ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (["max_ty=all"], "unknown convention `max_ty`", "did you mean `max_tie`? there are "),
        (["quite=other"], "unknown convention `quite`", "there are `max_tie`, `relu_slope_at_0`, `round_steps`, "),
        (["max_tie=frist"], "max_tie: `frist` is not known", "did you mean `first`? known: `split`, `first` or `all`"),
        (["relu_slope_at_0=2"], "relu_slope_at_0: `2` is not known", "known: `0`, `0.5` or `1`"),
        (["max_tie"], "--convention max_tie has no value", "write --convention max_tie=all"),
        (["round_steps="], "--convention round_steps has no value", "write --convention round_steps=4"),
        (["round_steps=-1"], "round_steps: `-1` is not a whole number from 0 to 15", "to how many places"),
        (["max_tie=all", "max_tie=all"], "`max_tie` is chosen twice", ""),
    ],
)
def test_what_cannot_be_chosen_is_refused_with_the_nearest(args: list[str], message: str, hint: str) -> None:
    with pytest.raises(Problem) as wrong:
        typed(args)
    assert wrong.value.message == message
    assert (wrong.value.hint or "").startswith(hint)


def test_a_table_of_conventions_is_read_as_strictly() -> None:
    def refused(**conventions: object) -> str:
        with pytest.raises(Problem) as wrong:
            read(homework(**conventions), "net.json", "json", None)
        return wrong.value.message

    assert refused(max_ty="all") == "unknown key `max_ty` in conventions"
    assert refused(max_tie="frist") == "conventions.max_tie: `frist` is not known"
    assert refused(max_tie=1) == "conventions.max_tie: `1` is not known"
    assert refused(max_tie=True).startswith("conventions.max_tie: must be a string")
    assert refused(round_steps="4") == 'conventions.round_steps: must be an integer, not the string "4"'
    assert refused(round_steps=16) == "conventions.round_steps: must be between 0 and 15, not 16"
    assert refused(round_half="even") == "`round_half` is of rounded steps, and none are"


def test_the_command_line_goes_before_the_spec() -> None:
    data = homework(relu_slope_at_0=1, round_steps=4, round_half="even", max_tie="all")
    own = read(data, "net.json", "json", None).conventions
    assert own.data == {"relu_slope_at_0": 1, "round_steps": 4, "round_half": "even", "max_tie": "all"}
    both = read(data, "net.json", "json", None, typed(["round_half='up'", "relu_slope_at_0=0.5"])).conventions
    assert both.data == {"relu_slope_at_0": 0.5, "round_steps": 4, "round_half": "up", "max_tie": "all"}
    assert both.rounding == Rounding(4)
    assert not Conventions()
    assert Conventions().rounding is None


def test_examples_are_of_a_batch_and_equations_say_themselves_how_they_lie(nncalc: Any, tmp_path: Path) -> None:
    err = nncalc("forward", "-e", "f = x", "x=1", "--convention", "examples=rows")[2]
    assert "error: `examples` is of a batch, and -e has none" in err
    net = tmp_path / "net.toml"
    net.write_text('batch = ["x"]\n[inputs]\nx = [[1, 2]]\n[equations]\nf = "sum(x)"\n', "utf-8")
    err = nncalc("forward", str(net), "--convention", "examples=rows")[2]
    assert "equations say themselves how the examples of a batch lie" in err
    assert nncalc("forward", str(net), "--convention", "examples=columns", "--get", "f")[1] == "3\n"


# -- an example a row -------------------------------------------------------------------------------------


NET = {
    "input": {"name": "X", "values": [[1, 2], [-2, 1], [0.5, 0]]},
    "layers": [
        {"type": "dense", "activation": "relu", "preactivation": "A1", "output": "Z1",
         "weights": {"name": "W1", "values": [[1, 0], [2, 0], [-1, 1]]},
         "bias": {"name": "b1", "values": [2, 0, 0.5]}},
        {"type": "dense", "activation": "softmax", "preactivation": "B", "output": "Yhat",
         "weights": {"name": "W2", "values": [[0, 1, 2, 1], [0.5, 0, 1, 1]]}},
    ],
    "loss": {"type": "cross_entropy", "reduction": "mean", "target": {"name": "Y", "values": [0, 1, 1]}},
    "conventions": {"examples": "rows"},
}  # fmt: skip


@pytest.fixture
def net(tmp_path: Path) -> str:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(NET), "utf-8")
    return str(path)


def test_rows_are_written_as_numpy_has_them(nncalc: Any, net: str) -> None:
    assert nncalc("forward", net, "--equations")[1].partition("[equations]\n")[2] == (
        "A1 = \"X * W1' + ones(examples) * b1'\"\n"
        'Z1 = "relu(A1)"\n'
        'B = "[[ones(examples), Z1]] * W2\'"\n'
        "Yhat = 'softmax(B, over=\"rows\")'\n"
        'loss = "cross_entropy(Yhat, Y) / examples"\n'
    )
    page = nncalc("backward", net, "--show-steps", "--matrices", "inline", "--ascii")[1]
    assert "X, Y, A1, Z1, B, Yhat: a row for each example" in page
    for line in ("d(loss)/d(B)  = (Yhat - Y) / 3", "d(loss)/d(W2) = d(loss)/d(B)' * [[ones(3), Z1]]",
                 "d(loss)/d(W1) = d(loss)/d(A1)' * X", "cross_entropy and softmax in one"):  # fmt: skip
        assert line in page


def test_what_rows_are_written_as_runs_again_to_the_same_numbers(nncalc: Any, net: str, tmp_path: Path) -> None:
    again = str(tmp_path / "again.toml")
    nncalc("forward", net, "--equations", "-o", again)
    one, other = (json.loads(nncalc("backward", each, "--format", "json")[1]) for each in (net, again))
    assert (one["values"], one["gradients"]) == (other["values"], other["gradients"])
    assert nncalc("forward", again, "--equations")[1] == Path(again).read_text("utf-8")
    columns = json.loads(nncalc("backward", net, "--format", "json", "--convention", "examples=columns")[1])
    assert (one["values"], one["gradients"]) == (columns["values"], columns["gradients"])


def test_one_example_of_rows_is_shown_by_its_first_index(nncalc: Any, net: str) -> None:
    page = nncalc("forward", net, "--show-steps", "--example", "2", "--ascii")[1]
    assert "X[3,2] belongs to example 3: the first index counts the examples" in page
    assert "B[2,1]    = W2[1,0] + Z1[2,1] * W2[1,1]" in page
    assert "B[1,1]" not in page
    assert "there are 3 examples" in nncalc("forward", net, "--show-steps", "--example", "4")[2]


def test_rows_are_trained_in_batches_of_them(nncalc: Any, net: str, tmp_path: Path) -> None:
    args = ("train", net, "--steps", "4", "--rate", "0.1", "--batch", "2", "--seed", "3", "--format", "json")
    rows = json.loads(nncalc(*args, "-o", str(tmp_path / "rows.toml"))[1])
    columns = json.loads(nncalc(*args, "--convention", "examples=columns")[1])
    assert rows["losses"] == pytest.approx(columns["losses"], rel=1e-14)
    assert 'examples = "rows"' in (tmp_path / "rows.toml").read_text("utf-8")
    lines = nncalc("train", net, "--rate", "0.1", "--batch", "2", "--show-steps", "--ascii", "--form", "vector")[1]
    assert "Step 1 (examples 1, 2)" in lines


def test_values_of_a_batch_are_given_a_row_an_example(nncalc: Any, net: str) -> None:
    shown = nncalc("forward", net, "X=[[0, 0], [1, 1], [2, 2]]", "--get", "A1")[1]
    assert shown == "[[2, 0, 0.5], [3, 2, 0.5], [4, 4, 0.5]]\n"


@pytest.mark.parametrize("examples", ["columns", "rows"])
@pytest.mark.parametrize("args", [["y=3,2"], ["--given", "z=3,1"], ["--state", "z=3,1"], ["x=[[1,1],[2,2]]"]])
def test_a_list_is_a_number_an_example(nncalc: Any, tmp_path: Path, examples: str, args: list[str]) -> None:
    """Of x w' = (5, 0) and y = (3, 1), by hand; with both inputs given anew it is (3, 6)."""
    net = tmp_path / "net.json"
    layer = {"type": "dense", "weights": {"values": [[0, 1, 2]]}, "output": "z"}
    loss = {"type": "squared_error", "target": {"name": "y", "values": [3, 1]}}
    net.write_text(json.dumps({"input": [[1, 2], [-2, 1]], "layers": [layer], "loss": loss}), "utf-8")
    wanted = {"y=3,2": "4", "--given": "0", "--state": "0", "x=[[1,1],[2,2]]": "12.5"}[args[0]]
    status, out, err = nncalc("forward", str(net), *args, "--get", "loss", "--convention", f"examples={examples}")
    assert (status, out) == (0, wanted + "\n"), err


@pytest.mark.parametrize("examples", ["columns", "rows"])
def test_a_list_is_the_only_example(nncalc: Any, tmp_path: Path, examples: str) -> None:
    net = tmp_path / "net.json"
    layer = {"type": "dense", "weights": {"values": [[0, 1, 2]]}, "output": "z"}
    net.write_text(json.dumps({"input": [[1, 2]], "layers": [layer]}), "utf-8")
    assert nncalc("forward", str(net), "x=3,4", "--get", "z", "--convention", f"examples={examples}")[1] == "[[11]]\n"


def test_arrays_have_the_same_numbers(nncalc: Any, net: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", 0)
    monkeypatch.setattr("nncalc.numbers.engines.HAND_SIZED", 0)
    rows, columns = (
        json.loads(nncalc("backward", net, "--format", "json", "--convention", f"examples={each}")[1])
        for each in ("rows", "columns")
    )
    for key, found in rows["gradients"].items():
        assert np.array(found) == pytest.approx(np.array(columns["gradients"][key]), rel=1e-14, abs=1e-16)
    args = ("train", net, "--steps", "4", "--batch", "2", "--format", "json")
    trained = [json.loads(nncalc(*args, "--convention", f"examples={each}")[1]) for each in ("rows", "columns")]
    assert trained[0]["losses"] == pytest.approx(trained[1]["losses"], rel=1e-13)


def test_without_a_batch_there_are_no_rows(nncalc: Any, tmp_path: Path) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(NET | {"input": [1, 2], "loss": {"type": "cross_entropy", "target": 1}}), "utf-8")
    assert 'A1 = "W1 * x + b1"' in nncalc("forward", str(path), "--equations")[1]


def test_shapes_say_that_an_example_is_a_row(nncalc: Any, net: str) -> None:
    assert "3×2  input, an example a row" in nncalc("shapes", net)[1]
    page = nncalc("shapes", net, "--convention", "examples=columns")[1]
    assert "2×3  input, an example a column" in page


def test_a_name_that_is_taken_counts_no_examples() -> None:
    own = json.loads(json.dumps(NET).replace('"Yhat"', '"examples"'))
    model = from_spec(read(json.dumps(own).encode(), "net.json", "json", None))
    assert show(model.graph.by_name[name("B")].formula) == "[[ones(3), Z1]] * W2'"
    assert model.general == {}


SCALARS = [op for op in OPS.values() if op.forms and op.forms[-1].shapes == "m n, m n -> 1 1"]


@pytest.mark.parametrize("op", SCALARS, ids=lambda op: op.name)
def test_of_what_goes_either_way_the_transposes_have_the_same_value(op: Any) -> None:
    rng = np.random.default_rng(7)
    one, other = rng.uniform(0.1, 0.9, (2, 3)), rng.uniform(0.1, 0.9, (2, 3))
    machine = ArrayMachine()
    for of, rows in (("A", one), ("B", other), ("C", one.T), ("D", other.T)):
        machine.load(name(of), rows.tolist())
    as_it_is, turned = machine.trial(parse(f"{op.name}(A, B)")), machine.trial(parse(f"{op.name}(C, D)"))
    assert as_it_is is not None
    if either_way(op.name):
        assert turned == [[pytest.approx(as_it_is[0][0], rel=1e-14)]]


def test_what_acts_on_columns_goes_one_way() -> None:
    assert not any(map(either_way, ("softmax", "cross_entropy_logits", "multiclass_hinge", "det", "mul", "transpose")))
    assert all(map(either_way, ("sum", "mean", "norm2", "huber", "cross_entropy", "relu")))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("W*x + b*ones(5)'", "x * W' + ones(5) * b'"), ("U'*x", "x * U"), ("softmax(x')", "softmax(x)'"),
        ("V*intercept(x)", "[[ones(5), x]] * V'"),
        ("V*stack(x, ones(5)')", "[[x, ones(5)]] * V'"), ("relu(x)/2 - 2*y", "relu(x) / 2 - 2 * y"),
        ("rows(x, 1, 2)", "x[:,1:2]"), ("softmax(x)", 'softmax(x, over="rows")'), ("W", "W'"),
        ("s*x", "s * x"), ("ones(2, 5)", "ones(2, 5)'"),
    ],
)  # fmt: skip
def test_the_transpose_of_a_formula_has_the_names_of_rows(text: str, wanted: str) -> None:
    shapes = {"U": (2, 3), "W": (3, 2), "V": (3, 3), "b": (3, 1), "x": (2, 5), "y": (2, 5), "s": (1, 1), "l": (1, 1)}
    known = Shapes({name(of): shape for of, shape in shapes.items()})
    turning = Turning({name("x"), name("y"), name("l")}, known.of, parse("5"))
    assert show(turning.equation(name("y"), parse(text))) == wanted
    for own, other in (("sum((x - y).^2)/2", "sum((x - y).^2) / 2"), ("norm2(W)^2", "norm2(W)^2"), ("l + s", "l + s"),
                       ("cross_entropy_logits(x, y)", "cross_entropy_logits(x', y')"), ("sum(x')", "sum(x')"),
                       ("ones(2)'*x", "ones(2)' * x'"), ("3", "3")):  # fmt: skip
        assert show(turning.equation(name("loss"), parse(own))) == other


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(A' - B')'", "A - B"), ("(A' / 2)'", "A / 2"), ("(2*A')'", "2 * A"), ("((A' - B') / 2)'", "(A - B) / 2"),
        ("(softmax(A') - B')'", "softmax(A')' - B"), ("(A - B)'", "(A - B)'"), ("(A*B')'", "(A * B')'"),
        ("A''", "A"), ("softmax(A)'", "softmax(A)'"), ("sum(A')", "sum(A')"), ("2", "2"),
    ],
)  # fmt: skip
def test_a_transpose_goes_inside_where_fewer_are_left(text: str, wanted: str) -> None:
    shapes = Shapes({name("A"): (2, 3), name("B"): (2, 3), name("s"): SCALAR})
    assert show(straight(parse(text), shapes.of)) == wanted
