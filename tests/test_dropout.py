"""The layers dropout and residual: what they compute, what is drawn, what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run

X = [[1, 2], [-1, 0.5], [3, 1]]
Y = [[0, 1], [2, 3], [4, 5]]
DROPOUT = {"type": "dropout", "rate": 0.25, "mask": {"values": [[1, 0], [1, 1], [0, 1]]}}
DENSE = {"type": "dense", "weights": {"values": [[1, -1], [0, 2]]}, "bias": "none", "activation": "relu"}


def spec(layers: list[dict[str, Any]], count: int | None = 3, **more: Any) -> dict[str, Any]:
    """Return a spec of so many examples, or of the first one alone."""
    x, y = (X[0], Y[0]) if count is None else (X[:count], Y[:count])
    loss = {"type": "squared_error", "target": {"name": "y", "values": y}}
    return {"input": {"name": "x", "values": x}, "layers": layers, "loss": loss, **more}


def found(document: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """Return values and gradients of a spec; those of its equations are the same bit for bit."""
    path, again = folder / "net.json", folder / "again.toml"
    path.write_text(json.dumps(document), "utf-8")
    assert run(["forward", str(path), "--equations", "-o", str(again)]) == 0
    facts = []
    for each in (path, again):
        assert run(["backward", str(each), "--format", "json"]) == 0
        facts.append(json.loads(capsys.readouterr().out))
    assert [facts[0][key] for key in ("values", "gradients")] == [facts[1][key] for key in ("values", "gradients")]
    return {**facts[0], "equations": again.read_text("utf-8").partition("[equations]\n")[2].splitlines()}


def test_dropout_divides_what_it_keeps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = found(spec([DROPOUT]), tmp_path, capsys)
    assert facts["equations"][0] == 'yhat = "x .* m / (1 - 0.25)"'
    assert facts["values"]["yhat"] == [[1 / 0.75, 0], [-1 / 0.75, 0.5 / 0.75], [0, 1 / 0.75]]
    slopes = [[(1 / 0.75) / 0.75, 0], [(-1 / 0.75 - 2) / 0.75, (0.5 / 0.75 - 3) / 0.75], [0, (1 / 0.75 - 5) / 0.75]]
    for one, other in zip(facts["gradients"]["x"], slopes, strict=True):
        assert one == pytest.approx(other, rel=1e-15)


@pytest.mark.parametrize("count", [1, 2, None])
def test_a_mask_that_is_drawn_is_that_of_its_seed_whatever_the_batch(
    count: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = [{"type": "dropout", "rate": "1/3", "seed": 5}]
    mask = found(spec(drawn), tmp_path, capsys)["values"]["m"]
    assert {value for row in mask for value in row} <= {0, 1}
    fewer = found(spec(drawn, count), tmp_path, capsys)["values"]["m"]
    assert fewer == (mask[0] if count is None else mask[:count])


def test_a_residual_adds_what_came_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [DENSE, {"type": "residual", "from": "x"}, {"type": "residual", "from": "z"}]
    facts = found(spec(layers), tmp_path, capsys)
    assert facts["equations"][1:4] == ['z = "relu(a)"', 'r = "z + x"', 'yhat = "r + z"']
    rows = found(spec(layers, conventions={"examples": "rows"}), tmp_path, capsys)
    assert rows["values"] == facts["values"]
    assert rows["gradients"] == facts["gradients"]


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({"type": "dropout", "rate": 1}, "layers[0].rate: must be less than 1, not 1"),
        ({"type": "dropout", "rate": -1}, "layers[0].rate: must not be less than 0, but is -1"),
        ({**DROPOUT, "mask": [1, 0]}, "`m` is a list of 2 values, must be 3×2, as `x` is"),
        ({**DROPOUT, "weights": [1, 0]}, "unknown key `weights` in layers[0]"),
        ({"type": "residual"}, "missing key `from` in layers[0]"),
        ({"type": "residual", "from": "q"}, "layers[0].from: `q` is not known"),
        ({"type": "dropuot"}, "did you mean `dropout`?"),
    ],
)
def test_what_does_not_fit_is_refused(
    layer: dict[str, Any], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec([layer])), "utf-8")
    assert run(["forward", str(path)]) == 2
    assert message in capsys.readouterr().err
