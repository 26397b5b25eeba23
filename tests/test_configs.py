"""The example specs: each runs, and says what its first line promises."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run

CONFIGS = Path(__file__).parent.parent / "configs"
SPECS = sorted(CONFIGS.iterdir())


def found(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> Any:
    """Return the object that a command prints."""
    assert run([command, *words, "--format", "json"]) == 0
    printed = capsys.readouterr()
    assert not printed.err
    return json.loads(printed.out)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.name)
@pytest.mark.parametrize("command", ["forward", "backward"])
@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_each_example_runs(spec: Path, command: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([command, str(spec), "--show-steps", "--form", form]) == 0
    printed = capsys.readouterr()
    assert not printed.err
    assert "nan" not in printed.out


def test_the_recitation_says_the_same_in_three_ways(capsys: pytest.CaptureFixture[str]) -> None:
    names = ("recitation.toml", "recitation.json", "recitation-equations.toml")
    results = [found(capsys, "backward", str(CONFIGS / name)) for name in names]
    for part in ("name", "values", "gradients", "parameters", "output"):
        assert results[0][part] == results[1][part] == results[2][part]
    assert results[0]["gradients"]["alpha"] == [[4, 4, 8], [8, 8, 16]]  # the recitation's own answers
    assert results[0]["gradients"]["beta"] == [[4, 12, 8]]


def test_xor_has_something_to_learn(capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "backward", str(CONFIGS / "xor.toml"))
    # by hand: a = [-.75 -.25 .25 .75; .5 1.5 1 2], the error (yhat - y)/4 = [-.125 -.625 -.4375 -.3125]
    assert result["gradients"]["W2"] == [[-0.34375, -2.0625]]
    assert result["gradients"]["W1"] == [[-0.75, -0.3125], [0.75, 0.9375]]
    assert result["gradients"]["b1"] == [-0.75, 1.5]


def test_gradient_descent_solves_xor(capsys: pytest.CaptureFixture[str]) -> None:
    settings: list[str] = []
    for _ in range(100):
        result = found(capsys, "backward", str(CONFIGS / "xor.toml"), *settings)
        moved = {of: _moved(result["values"][of], result["gradients"][of]) for of in result["parameters"]}
        settings = [f"{of}={json.dumps(value)}" for of, value in moved.items()]
    assert result["values"]["loss"] < 1e-5


def _moved(start: Any, slope: Any) -> Any:
    """Return a parameter after one step of gradient descent at rate 0.5."""
    if isinstance(start, list):
        return [_moved(one, other) for one, other in zip(start, slope, strict=True)]
    return start - 0.5 * slope


def test_xor_is_solved_by_the_weights_its_comment_names(capsys: pytest.CaptureFixture[str]) -> None:
    solution = re.findall(r"(W1|b1|W2) = (\[.*?\](?=[,;] [Wbz]))", (CONFIGS / "xor.toml").read_text(encoding="utf-8"))
    assert [of for of, _ in solution] == ["W1", "b1", "W2"]
    values = found(capsys, "forward", str(CONFIGS / "xor.toml"), *[f"{of}={value}" for of, value in solution])["values"]
    for (one, other), (answer,) in zip(values["x"], values["yhat"], strict=True):
        assert answer == (one != other)


def test_logistic_regression_has_the_textbook_gradient(capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "backward", str(CONFIGS / "logistic-regression.toml"))
    z = 0.5 * 2 + 0.25 + 0.1
    error = 1 / (1 + math.exp(-z)) - 1
    assert result["values"]["loss"] == pytest.approx(math.log(1 + math.exp(-z)), rel=1e-14)
    assert result["gradients"]["w"] == pytest.approx([2 * error, -error], rel=1e-14)
    assert result["gradients"]["b"] == pytest.approx([error], rel=1e-14)


def test_the_softmax_classifier_gives_probabilities(capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "backward", str(CONFIGS / "softmax-classifier.toml"))
    chances = result["values"]["yhat"]
    assert math.fsum(chances) == pytest.approx(1, rel=1e-15)
    assert result["values"]["loss"] == pytest.approx(-math.log(chances[1]), rel=1e-14)
    errors = [chance - (place == 1) for place, chance in enumerate(chances)]
    assert [row[0] for row in result["gradients"]["beta"]] == pytest.approx(errors, rel=1e-14)


def test_the_expression_has_the_derivatives_worked_by_hand(capsys: pytest.CaptureFixture[str]) -> None:
    result = found(capsys, "backward", str(CONFIGS / "expression.toml"))
    x, y, z = 2, 0.5, 1.5
    by_x = y * math.cos(x * y) / z + z * math.exp(x * z) / (x * y) - math.exp(x * z) / (x**2 * y)
    by_y = x * math.cos(x * y) / z - math.exp(x * z) / (x * y**2)
    by_z = -math.sin(x * y) / z**2 + math.exp(x * z) / y
    assert result["values"]["f"] == pytest.approx(math.sin(x * y) / z + math.exp(x * z) / (x * y), rel=1e-14)
    assert [result["gradients"][name] for name in "xyz"] == pytest.approx([by_x, by_y, by_z], rel=1e-13)
