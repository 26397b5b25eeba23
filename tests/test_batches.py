"""Batches, of a list, of every kind of file, and of columns of one table: `--example` shows the lines of one row."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from networks import FORMS, Dense, Picked

from nncalc.cli.app import run

LAYER = Dense("tanh", "separate", "out_in", [[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]], [0.0, 0.5, 1.0])
X = [[1.0, 2.0], [3.0, -1.0], [0.5, 4.0], [2.0, 2.0]]
Y = [[0.0, 1.0, 0.5], [1.0, 0.0, 0.0], [0.25, 0.5, 1.0], [1.0, 1.0, 1.0]]


@pytest.mark.parametrize("examples", ["columns", "rows"])
@pytest.mark.parametrize("form", FORMS)
def test_the_third_example_is_shown_wherever_a_batch_comes_from(
    form: str, examples: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry, target = Picked(X, [LAYER], "squared_error", Y, [], {}, examples, form).kept(tmp_path)
    spec = {
        "input": {"name": "x", **entry}, "layers": [LAYER.spec(0)],
        "loss": {"type": "squared_error", "target": {"name": "y", **target}}, "conventions": {"examples": examples},
    }  # fmt: skip
    net = tmp_path / "net.json"
    net.write_text(json.dumps(spec), "utf-8")
    assert run(["backward", str(net), "--show-steps", "--example", "3", "--ascii"]) == 0
    page = capsys.readouterr().out
    own = "a0[1,3]" if examples == "columns" else "a0[3,1]"
    line = next(line for line in page.splitlines() if line.strip().startswith(own))
    assert line.split(" = ")[-1] == "-3.75"  # 0.5 * 0.5 - 4 * 1 + 0
    assert "Forward: example 3" in page
    assert "Backward: example 3" in page
    assert "example 2\n" not in page
    assert run(["forward", str(net), "--get", "x"]) == 0
    assert json.loads(capsys.readouterr().out) == X


@pytest.mark.parametrize("columns", [["b"], [2]])
def test_one_column_of_a_table_is_a_batch_of_numbers(
    columns: list[Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data.csv").write_text("a,b,c\n1,2,3\n4,5,6\n7,8,10\n", "utf-8")
    spec = {
        "input": {"file": "data.csv", "columns": columns},
        "layers": [{"type": "dense", "weights": {"values": [[2]]}, "bias": {"values": [1]}}],
        "loss": {"type": "squared_error", "target": {"name": "y", "file": "data.csv", "columns": ["c"]}},
    }
    net = tmp_path / "net.json"
    net.write_text(json.dumps(spec), "utf-8")
    found = []
    for examples in ("columns", "rows"):
        assert run(["backward", str(net), "--format", "json", "--convention", f"examples={examples}"]) == 0
        found.append(json.loads(capsys.readouterr().out))
    assert found[0]["values"]["yhat"] == [[5], [11], [17]]
    assert found[0]["values"]["loss"] == (2**2 + 5**2 + 7**2) / 2
    assert found[0]["gradients"] == found[1]["gradients"]


def test_one_picture_of_a_batch_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {
        "input": {"name": "x", "values": [[[1, 2, 0], [0, 1, 3], [2, 1, 1]], [[0, 1, 1], [2, 1, 0.5], [1, 0, 2]]]},
        "layers": [
            {"type": "conv2d", "kernels": [{"name": "K", "values": [[1, 0], [0, -1]]}], "activation": "relu"},
            {"type": "flatten"},
            {"type": "dense", "weights": {"name": "W", "values": [[1, 0, -1, 0.5], [0, 1, 0, 0.25]]}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": [[1, 0], [0, 1]]},
    }
    net = tmp_path / "net.json"
    net.write_text(json.dumps(spec), "utf-8")
    assert run(["backward", str(net), "--show-steps", "--example", "2", "--ascii"]) == 0
    lines = capsys.readouterr().out.splitlines()
    forward = lines[lines.index("Forward: example 2") + 1 : lines.index("Forward: all examples")]
    assert [line.split()[0] for line in forward if line.split()] == [
        f"{of}[{i},{j}]" for of in "AZ" for i in (3, 4) for j in (1, 2)
    ] + [f"f[{i},2]" for i in range(1, 5)] + ["yhat[1,2]", "yhat[2,2]"]
    assert "Backward: example 2" in lines
