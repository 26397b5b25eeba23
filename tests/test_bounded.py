"""Pages longer than a person reads are cut in the middle; what programs read is whole, and made as it is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.language.formula import call, forgetting, name, num
from nncalc.render.bounds import MOST_BYTES, MOST_LINES

WIDTH = 150


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a network with a matrix of 22,500 entries."""
    rows = [[((7919 * i + 104_729 * j) % 601 - 300) / 1000 for j in range(WIDTH)] for i in range(WIDTH)]
    path = tmp_path_factory.mktemp("wide") / "net.json"
    path.write_text(json.dumps({
        "input": {"name": "x", "values": rows[0]},
        "layers": [
            {"type": "dense", "activation": "tanh", "weights": {"name": "W", "values": rows}, "bias": "none"},
            {"type": "dense", "weights": {"name": "v", "values": [rows[1]]}, "bias": "none"},
        ],
        "loss": {"type": "squared_error", "target": 1},
    }))  # fmt: skip
    return str(path)


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run([*words]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("form", ["table", "plain", "markdown", "latex", "html"])
def test_a_large_quantity_is_cut_in_the_middle_and_one_note_says_so(
    form: str, wide: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = printed(capsys, "backward", wide, "--show-steps", "--format", form)
    assert len(out) < (40_000 if form == "html" else 20_000)
    assert ("\\cdots" if form in ("latex", "markdown") else "⋯") in out
    if form != "plain":
        assert out.count("shows all") == 1
    whole = printed(capsys, "backward", wide, "--show-steps", "--format", form, "--full")
    assert len(whole) > 300_000
    assert "⋯" not in whole
    assert "cdots" not in whole


def test_a_row_and_a_column_are_cut_the_way_they_lie(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "backward", wide, "--show-steps", "--wrt", "v,W")
    lines = {line.split("=")[0].split("≈")[0].strip(): line for line in out.splitlines() if line.startswith("  ")}
    assert "⋯" in lines["v"]
    assert "⋮" not in lines["v"]
    assert "⋮" in lines["x"]
    assert "⋯" not in lines["x"]
    assert "⋮" not in lines["∂ℓ/∂v"], "z is a column, its transpose a row"
    assert "..." in printed(capsys, "backward", wide, "--show-steps", "--ascii")


def test_programs_get_every_number(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(printed(capsys, "backward", wide, "--show-steps", "--format", "json"))
    assert [len(found["gradients"]["W"]), len(found["gradients"]["W"][0])] == [WIDTH, WIDTH]
    assert [step["id"] for step in found["steps"]][-1] == "d(loss)/d(W)"
    assert "..." not in json.dumps(found)
    assert "..." not in printed(capsys, "backward", wide, "--show-steps", "--format", "csv")
    assert printed(capsys, "backward", wide, "--get", "d(loss)/d(W)").count(",") == WIDTH * WIDTH - 1


def test_more_lines_than_one_reads_are_left_out_in_the_middle(wide: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = printed(capsys, "backward", wide, "--show-steps", "--form", "scalar")
    assert out.count("\n") <= MOST_LINES + 10
    assert len(out.encode()) <= MOST_BYTES + 1000
    assert "lines are left out; --full shows all" in out
    lines = printed(capsys, "backward", wide, "--show-steps", "--form", "scalar", "--format", "csv").splitlines()
    assert len(lines) > WIDTH * WIDTH


def test_what_was_made_for_one_line_is_forgotten() -> None:
    kept = call("mul", name("x"), num(3))
    with forgetting():
        gone = call("mul", num("3.14159265"), name("x"))
        assert call("mul", num("3.14159265"), name("x")) is gone
        with forgetting():
            inner = num("2.71828182")
        assert num("2.71828182") is not inner
        assert call("mul", num("3.14159265"), name("x")) is gone
    assert call("mul", num("3.14159265"), name("x")) is not gone
    assert call("mul", name("x"), num(3)) is kept


def test_a_file_is_whole_or_not_there(tmp_path: Path, wide: str) -> None:
    path = tmp_path / "out.csv"
    assert run(["backward", wide, "--show-steps", "--form", "scalar", "--format", "csv", "-o", str(path)]) == 0
    assert path.read_text().count("\n") > WIDTH * WIDTH
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]


def test_a_quantity_that_is_cut_is_equal_where_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    whole = "[" + ", ".join(str(i) for i in range(1, 31)) + "]"
    words = ["forward", "-e", "f = sum(x)", f"x={whole}", "--show-steps", "--form", "vector", "--matrices", "inline"]
    assert run(words) == 0
    assert "= sum([1; 2; 3; ⋮; 28; 29; 30]) = 465" in capsys.readouterr().out


def test_an_exact_value_that_nobody_could_read_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    words = [f"a{i + 1} = a{i}*a{i}" for i in range(1, 10)]
    assert run(["forward", *[word for each in words for word in ("-e", each)], "a1=1234567/1234569", "--exact"]) == 2
    assert "at most 4,000 are printed" in capsys.readouterr().err


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "sigmoid", "tanh", "softplus"])
@pytest.mark.parametrize("form", ["table", "latex", "markdown", "html"])
def test_a_batch_through_wide_layers_is_cut_in_every_line(
    activation: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def weights(name: str, rows: int, columns: int) -> dict[str, object]:
        draw = {"init": "uniform", "low": -1, "high": 1, "seed": rows}
        return {"type": "dense", "weights": {"name": name, "shape": [rows, columns], **draw}}

    spec = {
        "input": {"name": "x", "values": [[(i * j) % 7 / 3 - 1 for j in range(20)] for i in range(20)]},
        "layers": [
            {**weights("W1", 30, 21), "activation": activation},
            {**weights("W2", 10, 31), "activation": "softmax"},
        ],
        "loss": {"type": "cross_entropy", "target": [0] * 20},
    }
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec))
    out = printed(capsys, "backward", str(path), "--show-steps", "--format", form)
    assert max(map(len, out.splitlines())) < (2_000 if form != "html" else 100_000)
