"""Answers judged: right ones are right, planted mistakes are named, and one slip is counted once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slipped import network, text

from nncalc.cli.app import run
from nncalc.judging.answers import Answer
from nncalc.judging.catalogue import CATALOGUE
from nncalc.judging.judge import RIGHT, TOGETHER, Judge
from nncalc.judging.table import Array
from nncalc.language.figures import Figure
from nncalc.language.formula import Name, name
from nncalc.spec import read
from nncalc.spec.model import from_spec

RECITATION = "configs/recitation.toml"
#: In how many networks mistakes are planted; how many kinds of network there are.
MANY = int(os.environ.get("NNCALC_JUDGED") or 10)


def judge_of(spec: dict[str, Any]) -> Judge:
    return Judge(from_spec(read(text(spec), "net.json", "json", None)))


def typed(value: float, digits: int) -> Figure:
    """Return a number as a person writes it, to so many digits."""
    found = f"{value:.{digits}g}"
    return Figure(f"{float(found):.12f}".rstrip("0").rstrip(".") if "e" in found else found)


def answer(judge: Judge, of: Name, value: Array, digits: int) -> Answer:
    rows: Any = [[typed(each, digits) for each in row] for row in value.tolist()]
    if name(of.base) in judge.model.per_example:
        rows = judge.model.by_example(rows)
    return Answer(of.id, of, None, rows)


def differs(ours: Array, other: Array) -> bool:
    return ours.shape != other.shape or float(np.abs(ours - other).max()) > 2e-3 * float(np.abs(ours).max())


@pytest.mark.parametrize("seed", range(MANY))
def test_right_answers_are_right_and_planted_mistakes_are_named(seed: int) -> None:
    """Of 50 networks 1,594 of 1,600 planted mistakes are named, and no other in place of one."""
    judge, draw = judge_of(network(seed)), random.Random(seed)
    table, digits = judge.table, draw.randint(4, 6)
    for found in judge.judged([answer(judge, of, table.right[of], digits) for of in table.lines]):
        assert found.verdict in RIGHT, found
    outcomes: Counter[str] = Counter()
    unnamed = []
    for code in CATALOGUE:
        slips = [slip for mistake, slip in judge.slips if mistake.code == code]
        if not slips:
            continue
        slip = draw.choice(slips)
        moved = table.changed(slip.lines, slip.given)
        seen = [of for of in moved if of in table.lines and differs(table.right[of], moved[of])]
        if not seen:
            continue
        of = draw.choice([seen[0], seen[-1]])
        (found,) = judge.judged([answer(judge, of, moved[of], digits)])
        codes = [each.mistake.code for each in found.mistakes]
        outcome = "named" if code in codes else "other" if codes else "unnamed"
        outcomes[outcome] += 1
        if outcome != "named":
            unnamed.append((code, of, found.verdict, codes))
    assert outcomes["other"] == 0, unnamed
    assert outcomes["unnamed"] <= 2, unnamed


def test_two_mistakes_at_once_are_both_named() -> None:
    """Of two that people make together, on different lines; some factors lost are the same numbers as others found."""
    found: Counter[bool] = Counter()
    for seed in range(12):
        judge, draw = judge_of(network(seed)), random.Random(seed)
        common = [(mistake, slip) for mistake, slip in judge.slips if mistake.code in TOGETHER and len(slip.lines) == 1]
        for _ in range(3):
            (one, first), (other, second) = draw.sample(common, 2)
            moved = judge.table.changed({**first.lines, **second.lines})
            alone = [judge.table.changed(slip.lines) for slip in (first, second)]
            seen = [
                of for of in moved
                if of in judge.table.backward and first.at is not second.at
                and all(differs(each.get(of, judge.table.right[of]), moved[of]) for each in (*alone, judge.table.right))
            ]  # fmt: skip
            if seen:
                (each,) = judge.judged([answer(judge, seen[-1], moved[seen[-1]], 5)])
                found[{one.code, other.code} <= {named.mistake.code for named in each.mistakes}] += 1
    assert sum(found.values()) > 8
    assert found[False] <= 3


def test_there_are_forty_mistakes_and_each_can_be_made() -> None:
    assert len(CATALOGUE) >= 50
    made = {mistake.code for seed in range(40) for mistake, _ in judge_of(network(seed)).slips}
    assert made == {*CATALOGUE}


def checked(capsys: pytest.CaptureFixture[str], *arguments: str, status: int = 1) -> dict[str, Any]:
    assert run(["check", *arguments, "--format", "json"]) == status
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    "called",
    [
        "d(loss)/d(alpha)", "∂ℓ/∂α", "dL/dalpha", "dJ/d(alpha)", "alpha.grad", 'grads["alpha"]', "grad_alpha", "dalpha",
        "d_alpha", "grad alpha",
    ],
)  # fmt: skip
def test_gradients_are_known_by_the_names_people_have_for_them(called: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(capsys, RECITATION, "--answer", f"{called} = [[4, 4, 8], [8, 8, 16]]", status=0)
    assert found["score"] == 1
    assert found["answers"][0]["name"] == "d(loss)/d(alpha)"


def test_one_slip_is_counted_once(capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(
        capsys, RECITATION, "--answer", "dL/dyhat = 3", "--answer", "d(loss)/d(beta) = 3, 9, 6",
        "--answer", "dz = 3, 6", "--answer", "d(loss)/d(a) = 3, 5",
    )  # fmt: skip
    verdicts = [each["verdict"] for each in found["answers"]]
    assert verdicts[0] not in RIGHT
    assert verdicts[1:] == ["right_from_there", "right_from_there", "wrong"]
    assert found["answers"][1]["from"] == ["d(loss)/d(yhat)"]
    assert found["score"] == 0.5


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("b = -0.90, 0.50", "right"), ("b = [-0.9, 0.5]", "right"), ("loss = 0.220", "right"),
        ("loss = 0.22042", "right"),
        ("loss = 0.22052", "wrong"), ("loss = 0.221", "rounded"), ("yhat = 0.198, 0.802", "right"),
        ("loss = 0.2", "rounded"), ("loss = 3", "wrong"), ("d(loss)/d(b) = 0.1978, -0.1978", "right"),
    ],
)  # fmt: skip
def test_an_answer_is_right_at_the_digits_that_it_shows(
    said: str, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = {
        "inputs": {"b0": [-0.9, 0.5]}, "targets": {"y": [0, 1]},
        "equations": {"b": "b0", "yhat": "softmax(b)", "loss": "cross_entropy(yhat, y)"},
    }  # fmt: skip
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec))
    found = checked(capsys, str(path), "--answer", said, status=int(verdict == "wrong"))
    assert found["answers"][0]["verdict"] == verdict


def test_a_formula_is_judged_by_its_shape_its_value_and_at_other_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    def judged(formula: str) -> dict[str, Any]:
        run(["check", RECITATION, "--answer", f"d(loss)/d(beta) = {formula}", "--format", "json"])
        found: dict[str, Any] = json.loads(capsys.readouterr().out)["answers"][0]
        return found

    assert judged("d(loss)/d(yhat) * intercept(z)'")["verdict"] == "right"
    assert "must be 1×3" in judged("d(loss)/d(yhat) * z")["says"]
    assert judged("intercept(z) * d(loss)/d(yhat)")["better"] == "intercept(z)' * d(loss)/d(yhat)"
    assert "says itself" in judged("d(loss)/d(beta)")["says"]
    assert "right for these numbers alone" in judged("4 * intercept(z)'")["says"]
    codes = [each["code"] for each in judged("2 * d(loss)/d(yhat) * intercept(z)'")["mistakes"]]
    assert codes[0] == "half_missing"
    assert "factor_two" in codes


PAIR = """
[input]
values = [[0.3, 1.1, -0.6], [0.8, -0.2, 0.5]]

[[layers]]
type = "dense"
weights = { name = "W", values = [[0.6, -0.4, 0.2], [0.3, 0.9, -0.1]] }
bias = "none"
activation = "softmax"

[loss]
type = "cross_entropy"
reduction = "mean"
target = [1, 0]
"""


def test_what_was_forgotten_is_named_before_a_factor_that_is_as_large(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two examples: twice as much is a forgotten mean, and no half is in a cross-entropy."""
    spec = tmp_path / "pair.toml"
    spec.write_text(PAIR, encoding="utf-8")
    ours = run_json(capsys, "backward", str(spec))
    double = [[f"{2 * each:.6g}" for each in row] for row in ours["gradients"]["W"]]
    said = "; ".join(" ".join(row) for row in double)
    found = checked(capsys, str(spec), "--answer", f"dW = [{said}]")
    codes = [each["code"] for each in found["answers"][0]["mistakes"]]
    assert codes[0] == "sum_for_mean"
    assert "half_missing" not in codes
    found = checked(capsys, str(spec), "--answer", f"loss = {2 * ours['values']['loss']:.5g}")
    assert [each["code"] for each in found["answers"][0]["mistakes"]] == ["loss_summed"]
    rounded = [[f"{2 * float(f'{each:.5g}'):.6g}" for each in row] for row in ours["gradients"]["W"]]
    assert rounded != double
    said = "; ".join(" ".join(row) for row in rounded)
    found = checked(capsys, str(spec), "--answer", f"dW = [{said}]")
    assert found["answers"][0]["mistakes"][0]["code"] == "sum_for_mean"


def run_json(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    assert run([*words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_formula_is_tried_at_numbers_of_either_sign(capsys: pytest.CaptureFixture[str]) -> None:
    """All units are active here, so that the mask is all ones: its absence shows elsewhere."""
    found = checked(capsys, RECITATION, "--answer", "d(loss)/d(a) = d(loss)/d(z)")
    assert "for these numbers alone" in found["answers"][0]["says"]


def test_nothing_answered_and_given_numbers_are_worth_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "none.json").write_text("{}")
    assert run(["check", RECITATION, "--answers", str(tmp_path / "none.json")]) == 2
    assert "there are no answers" in capsys.readouterr().err
    found = checked(capsys, RECITATION, "--answer", "x = 1, 2", "--answer", "yhat = 6")
    assert found["score"] == 0
    found = checked(capsys, RECITATION, "--answer", "yhat = 7", "--weights", "d(loss)/d(alpha)=3", status=0)
    assert found["score"] == 0.25


def test_a_gradient_that_is_wrong_by_rounding_alone_is_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "dead.json"
    spec.write_text(json.dumps({"inputs": {"x": -2}, "parameters": {"w": 3}, "equations": {"f": "relu(w*x) + 5"}}))
    np.savez(tmp_path / "a.npz", **{"w.grad": np.array(1e-17)})
    found = checked(capsys, str(spec), "--answers", str(tmp_path / "a.npz"), status=0)
    assert found["answers"][0]["verdict"] == "right"


def test_a_quantity_that_is_called_as_losses_are_is_not_taken_for_the_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "named.json"
    spec.write_text(json.dumps({"inputs": {"x": 2}, "parameters": {"v": 3}, "equations": {"l": "v*x", "f": "l^2"}}))
    assert run(["check", str(spec), "--answer", "dl/dv = 2"]) == 2
    assert "gradients here are of `f`, and `l` is another quantity" in capsys.readouterr().err


def test_answers_stand_in_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "a.toml": 'yhat = 7\n"alpha.grad" = [[4, 4, 8], [8, 8, 16]]\n',
        "a.json": '{"values": {"yhat": 7}, "gradients": {"alpha": [[4, 4, 8], [8, 8, 16]]}}',
        "a.csv": 'name,value\nyhat,7\n"alpha.grad","[[4, 4, 8], [8, 8, 16]]"\n',
        "a.md": "# Mine\n\n- `yhat = β · ẑ = 7`\n- ∂ℓ/∂α = [4 4 8; 8 8 16]   (2×3)\n",
    }
    for file, said in files.items():
        (tmp_path / file).write_text(said, encoding="utf-8")
    np.savez(tmp_path / "a.npz", **{"yhat": np.array(7.0), "alpha.grad": np.array([[4.0, 4, 8], [8, 8, 16 + 1e-9]])})
    for file in (*files, "a.npz"):
        found = checked(capsys, RECITATION, "--answers", str(tmp_path / file), status=0)
        assert [each["verdict"] for each in found["answers"]] == ["right", "right"], file
    both = [word for file in files for word in ("--answers", str(tmp_path / file))]
    found = checked(capsys, RECITATION, *both, status=0)
    assert [sheet["score"] for sheet in found["sheets"]] == [1, 1, 1, 1]


def test_a_row_without_a_value_is_not_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.csv").write_text('name,value\nyhat,7\nz,\n"d(loss)/d(a)", \n')
    found = checked(capsys, RECITATION, "--answers", str(tmp_path / "a.csv"))
    assert [each["verdict"] for each in found["answers"]] == ["right", "missing", "missing"]
    assert found["score"] == pytest.approx(1 / 3)


def test_hints_tell_as_much_as_they_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--answer", "dz = 8, 16", "--weights", "dz=3", "--answer", "yhat = 7"]
    texts = []
    for more in (["--hints", "1"], ["--hints", "2"], [], ["--no-solution"]):
        assert run(["check", RECITATION, *said, *more]) == 1
        texts.append(capsys.readouterr().out)
    where, kind, line, hidden = texts
    assert "the first that is wrong: ∂ℓ/∂z" in where
    assert "factor_two" not in where
    assert "factor_two" in kind
    assert "stands" not in kind
    assert "∂ℓ/∂ŷ = 2 · (ŷ − y)" in line
    assert "[4; 8]" in line
    assert "[4; 8]" not in hidden
    assert checked(capsys, RECITATION, *said)["score"] == 0.25


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--answer", "q = 1"], "unknown name `q`"), (["--answer", "a"], "is not NAME = ..."),
        (["--answer", "a[9] = 1"], "there is no entry `a[9]`"), (["--answer", "a = nan"], "`nan` is not a number"),
        (["--answer", "a = 1, 2", "--answer", "a = 1, 2"], "is answered twice"), (["--answer", "a = z +"], "`a`: "),
        (["--answer", "a = q"], "unknown name `q`"),
        (["--answer", "a = 3, 2", "--step", "1e-5"], "--step is for checking"),
        (["--hints", "2"], "--hints is for judging answers"), (["--answer", "a_new = 1"], "unknown name"),
        (["--answer", "alpha_new = 1"], "no learning rate is said"),
        (["--answers", "none.toml"], "no such file"), (["--answers", "README.md", "--hints", "2"], "README.md"),
        (["--tolerance", "2", "--answer", "a=1"], "--tolerance is from 0"),
        (["--weights", "a=x", "--answer", "a=1"], "no number of points"),
    ],
)  # fmt: skip
def test_answers_that_cannot_be_read_are_named(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["check", RECITATION, *arguments]) == 2
    found = capsys.readouterr()
    assert says in found.err
    assert not found.out


NAMES = st.sampled_from(
    ["a", "z", "yhat", "loss", "d(loss)/d(a)", "beta.grad", "dL/dz", "α", "a[1]", "∂ℓ/∂β", "q", "", "a b", "grads['z']"]
)
SAID = st.one_of(
    st.integers(-99, 99).map(str), st.floats(-9, 9, width=32).map(repr), st.text("aβz0123.,;[]()+*'=/-e ", max_size=12),
    st.lists(st.integers(-9, 9), min_size=1, max_size=4).map(str), st.just("[[4, 4, 8], [8, 8, 16]]"),
    st.sampled_from(["inf", "nan", "1e400", "[[]]", "[]", "d(loss)/d(a)", "z'", "trim(beta)'*d(loss)/d(yhat)", "{}"]),
)  # fmt: skip


@given(st.lists(st.tuples(NAMES, SAID), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_whatever_is_answered_is_judged_or_refused_with_one_message(said: list[tuple[str, str]]) -> None:
    words = [word for of, value in said for word in ("--answer", f"{of} = {value}")]
    assert run(["check", RECITATION, *words]) in (0, 1, 2)


TIE = '[inputs]\nx = [1, 0, -2]\n[equations]\nr = "relu(x)"\nloss = "sum(r.^2 + r)"\n'


def test_another_slope_at_a_kink_is_right_unless_the_spec_chose_one(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    spec = tmp_path / "tie.toml"
    spec.write_text(TIE, encoding="utf-8")
    for slope in ("1", "0.5"):
        found = checked(capsys, str(spec), "--answer", f"dx = 3, {slope}, 0", status=0)
        assert found["answers"][0]["says"] == f"right where relu_slope_at_0 = {slope}"
    assert checked(capsys, str(spec), "--answer", "dx = 3, 0.7, 0")["answers"][0]["verdict"] == "wrong"
    spec.write_text(TIE + "[conventions]\nrelu_slope_at_0 = 0\n", encoding="utf-8")
    found = checked(capsys, str(spec), "--answer", "dx = 3, 1, 0")
    (mistake,) = found["answers"][0]["mistakes"]
    assert mistake["code"] == "other_convention"
    assert run(["check", str(spec), "--answer", "dx = 3, 1, 0"]) == 1
    assert "another convention than the spec's (relu_slope_at_0 = 1)" in capsys.readouterr().out


def test_a_tie_of_a_pool_that_goes_to_the_first_is_right(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    spec = tmp_path / "tie.toml"
    text = '[inputs]\nx = [[1, 1], [0, -1]]\n[equations]\nP = "max_pool2d(x)"\nloss = "sum(P.^2)"\n'
    spec.write_text(text, encoding="utf-8")
    assert run(["check", str(spec), "--answer", "dx = [[2, 0], [0, 0]]"]) == 0
    assert "right where max_tie = first" in capsys.readouterr().out


def test_an_answer_of_a_batch_is_shown_as_the_page_has_that_quantity(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed with a row for each of two examples; the page has a column for each."""
    spec = tmp_path / "batch.toml"
    spec.write_text(
        '[input]\nname = "x"\nvalues = [[1, 2], [3, 4]]\n[[layers]]\ntype = "dense"\nbias = "none"\noutput = "p"\n'
        'weights = { name = "W", values = [[1, 0], [0, 1], [1, 1]] }\n[loss]\ntype = "squared_error"\n'
        "target = [[0, 0, 0], [0, 0, 0]]\n",
        encoding="utf-8",
    )
    words = ["check", str(spec), "--answer", "p=[[1,2,3],[3,4,8.5]]"]
    assert run([*words, "--format", "plain"]) == 1
    page = capsys.readouterr().out
    assert "p ≠ [1 3; 2 4; 3 8.5]" in page
    assert "it is [1 3; 2 4; 3 7]" in page
    assert run([*words, "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)["answers"]
    assert found["given"] == [[1, 3], [2, 4], [3, 8.5]]
    assert found["expected"] == [[1, 3], [2, 4], [3, 7]]


TWO_KINKS = """
[inputs]
x = [0, 0]
y = [0, 0]
[equations]
r = "relu(x)"
m = "max(x, y)"
u = "sum(r) + sum(m)"
"""


@pytest.mark.parametrize("seed", ["1", "2"])
def test_what_two_conventions_give_is_said_of_both_the_same_each_time(seed: str, tmp_path: Path) -> None:
    """Each alone makes the slope 1 here: whatever the order in which Python has its sets."""
    (tmp_path / "two.toml").write_text(TWO_KINKS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "nncalc", "check", "two.toml", "--answer", "d(u)/d(x) = 1, 1"],
        cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "right where max_tie = first or max_tie = all or relu_slope_at_0 = 0.5" in done.stdout
