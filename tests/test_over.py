"""What acts on each row or each column: written, computed and differentiated as NumPy and PyTorch have it."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from typing import Any

import pytest

from nncalc.cli.app import run
from nncalc.language.brackets import Style
from nncalc.language.parser import parse
from nncalc.language.printer import PAPER, show
from nncalc.ops import KINDS, OVER
from nncalc.reference.entry import called

if importlib.util.find_spec("torch"):
    import torch

LINES = KINDS["Of each row or column"]


@pytest.mark.parametrize("op", LINES, ids=lambda op: op.name)
def test_what_is_written_is_read_as_the_same(op: Any) -> None:
    formula = called(op)
    assert parse(show(formula)) is formula
    assert parse(show(formula, PAPER), paper=True) is formula
    assert f"each {op.notation.over[:-1]}" in show(formula, Style(latex=True))
    assert f"<mtext>each {op.notation.over[:-1]}</mtext>" in show(formula, Style(mathml=True))


def test_settings_stand_beside_what_it_is_over_in_any_order() -> None:
    assert parse('var(A, unbiased=1, over="rows")') is parse('var(A, over="rows", unbiased=1)')
    assert show(parse("var(A, each row, unbiased=1)")) == 'var(A, unbiased=1, over="rows")'
    assert parse('softmax(A, over="columns")') is parse("softmax(A)")
    assert show(parse("sum(each .* row)")) == "sum(each .* row)"


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("sum(A, over=1)", '`over` is "rows" or "columns"', "NumPy's axis=1"),
        ('sum(A, over="row")', '`over` is "rows" or "columns"', 'did you mean `over="rows"`?'),
        ("sum(A, axis=1)", "`sum` has no setting `axis`", '`over="rows"` is of each row'),
        ('sum(A, axis="rows")', "`sum` has no setting `axis`", '`over="rows"` is of each row'),
        ("softmax(A, dim=1)", "`softmax` has no setting `dim`", '`over="rows"` is of each row'),
        ("mean(A, keepdims=1)", "`mean` has no setting `keepdims`", "is a column already"),
        ('exp(A, over="rows")', "`exp` has no setting `over`", "it acts on each entry by itself"),
        ('tr(A, over="rows")', "`tr` has no setting `over`", "it is a setting of softmax, "),
        ('sum(A, over="rows", over="rows")', "`over` is set twice", ""),
        ("max(A)", "`max` takes 2 arguments or more", 'of each row of a matrix it is `max(A, over="rows")`'),
        ('A - mean(A, over="rows")', "needs equal shapes", 'write `-mean(A, over="rows")*ones(3)\'`'),
        ('A - mean(A, over="columns")', "needs equal shapes", 'write `-ones(2)*mean(A, over="columns")`'),
        ('A ./ (sum(A, over="rows") + 1)', "needs equal shapes", 'write `(sum(A, over="rows") + 1)*ones(3)\'`'),
        ('sum(A, B, over="rows")', "`sum` takes 1 argument: `sum(A)`, found 2", ""),
    ],
)
def test_what_others_write_is_refused_with_what_it_is_here(
    text: str, message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forward", "-e", f"f = {text}", "A=[[1,2,5],[3,4,5]]", *(["B=1"] if "B" in text else [])]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert hint in error


@pytest.mark.parametrize("word", ["norm2", "norm2_scaled", "norm1"])
def test_a_norm_of_one_number_has_no_sign(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    facts = found(capsys, "-e", f'y = {word}(x, over="rows")', "-e", "f = sum(y)", "x=-2,3")
    assert facts["f"] == 5
    assert facts["x"] == [-1, 1]


def found(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, Any]:
    """Return what `nncalc backward` gives: the value of f and its gradients."""
    assert run(["backward", *args, "--format", "json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    return {**facts["gradients"], "f": facts["values"]["f"]}


if importlib.util.find_spec("torch"):
    ORACLE: dict[str, Callable[[Any, int], Any]] = {
        "sum": lambda x, axis: x.sum(axis, keepdim=True),
        "prod": lambda x, axis: x.prod(axis, keepdim=True),
        "mean": lambda x, axis: x.mean(axis, keepdim=True),
        "max": lambda x, axis: x.amax(axis, keepdim=True),
        "min": lambda x, axis: x.amin(axis, keepdim=True),
        "var": lambda x, axis: x.var(axis, unbiased=False, keepdim=True),
        "std": lambda x, axis: x.std(axis, unbiased=False, keepdim=True),
        "lse": lambda x, axis: x.logsumexp(axis, keepdim=True),
        "norm1": lambda x, axis: x.abs().sum(axis, keepdim=True),
        "norm2": lambda x, axis: x.norm(dim=axis, keepdim=True),
        "softmax": torch.softmax,
        "softmin": lambda x, axis: torch.softmax(-x, axis),
        "log_softmax": torch.log_softmax,
    }
    EVERY = [(word, over) for word in ORACLE for over in ("rows", "columns")]
else:
    EVERY = []


@pytest.mark.oracle
@pytest.mark.parametrize("entries", [0, 1000], ids=["arrays", "scalars"])
@pytest.mark.parametrize(("word", "over"), EVERY)
def test_values_and_gradients_are_those_of_pytorch(
    word: str, over: str, entries: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", entries)
    rows = [[0.5, -1.25, 2.0], [1.5, 0.25, -0.75], [0.125, 2.5, 0.375], [3.0, -2.0, 1.75]]
    ours = found(capsys, "-e", f'f = sum(sin({word}(A, over="{over}")).^2)', f"A={rows}")
    x = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    loss = (ORACLE[word](x, 1 if over == "rows" else 0).sin() ** 2).sum()
    loss.backward()
    assert ours["f"] == pytest.approx(loss.item(), rel=1e-13)
    for one, other in zip(ours["A"], x.grad.tolist(), strict=True):
        assert one == pytest.approx(other, rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("entries", [0, 1000], ids=["arrays", "scalars"])
@pytest.mark.parametrize(
    ("tie", "shares"), [("split", [1 / 3, 0, 1 / 3, 1 / 3]), ("first", [1, 0, 0, 0]), ("all", [1, 0, 1, 1])]
)
@pytest.mark.parametrize(("word", "sign"), [("max", 1), ("min", -1)])
def test_a_tie_in_a_line_is_that_of_the_plain_form(  # noqa: PLR0917 -- three lists, a switch and what runs it
    word: str, sign: int, tie: str, shares: list[float], entries: int,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", entries)
    row = [2.0 * sign, 1.0 * sign, 2.0 * sign, 2.0 * sign]
    convention = ("--convention", f"max_tie={tie}")
    letters = [f"{key}={value}" for key, value in zip("abcd", row, strict=True)]
    plain = found(capsys, "-e", f"f = {word}(a, b, c, d)", *letters, *convention)
    assert [plain[key] for key in "abcd"] == shares
    lines = found(capsys, "-e", f'f = sum({word}(A, over="rows"))', f"A={[row]}", *convention)
    assert lines["A"] == [shares]
    lines = found(capsys, "-e", f'f = sum({word}(A, over="columns"))', f"A={row}", *convention)
    assert lines["A"] == shares


def test_every_operation_has_both() -> None:
    assert {over for _, over in OVER} == {"rows", "columns"}
    assert all((word, other) in OVER for word, _ in OVER for other in ("rows", "columns"))


def test_exact_numbers_stay_exact(capsys: pytest.CaptureFixture[str]) -> None:
    given = ["-e", 'f = sum(mean(A, over="rows").^2) + sum(var(A, over="columns"))', "A=[[1,2,5],[3,5,6]]", "--exact"]
    assert run(["backward", *given, "--get", "f"]) == 0
    # means 8/3 and 14/3, variances 1, 9/4 and 1/4
    assert capsys.readouterr().out == "583/18\n"


def test_shapes_say_what_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shapes", "-e", 'f = sum(mean(A, over="columns").^2)', "A=[[1,2],[3,4]]"]) == 0
    assert "(2×1)(mean(2×2, each column))" in capsys.readouterr().out


def test_an_expression_with_a_setting_needs_no_left_side(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", 'sum(A, over="rows")', "A=[[1,2],[3,4]]", "--get", "f"]) == 0
    assert capsys.readouterr().out == "[3, 7]\n"
    assert run(["forward", "-e", "leaky_relu(x, slope=0.5)", "x=-3", "--get", "f"]) == 0
    assert capsys.readouterr().out == "-1.5\n"


def test_the_page_of_an_operation_says_that_it_has_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ops", "sum"]) == 0
    assert 'of each row or column: sum(A, over="rows"), sum(A, over="columns")\n' in capsys.readouterr().out
    assert run(["ops", 'softmax(x, over="rows")']) == 0
    assert "`softmax` of each row by itself" in capsys.readouterr().out


def test_an_answer_with_the_softmax_of_columns_for_that_of_rows_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = "softmax(A) .* (C - ones(m, m)*(C .* softmax(A)))"
    asked = ["derive", 'sum(C .* softmax(A, over="rows"))', "--wrt", "A", "--shapes", "A: m x n"]
    assert run([*asked, "--answer", wrong]) == 1
    said = "it is taken of each column, not of each row: softmax(A) stands for softmax(A, each row)"
    assert said in capsys.readouterr().out
    right = wrong.replace("softmax(A)", 'softmax(A, over="rows")').replace(
        'ones(m, m)*(C .* softmax(A, over="rows"))', '(C .* softmax(A, over="rows"))*ones(n, n)'
    )
    assert run([*asked, "--answer", right]) == 0
    assert "right: it equals the derivative" in capsys.readouterr().out
