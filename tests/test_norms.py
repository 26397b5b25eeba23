"""Batch norm and layer norm: every value and gradient as PyTorch has it; in rows, and as equations, the same."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run

if importlib.util.find_spec("torch"):
    import torch
    from torch.nn import functional as F

X = [[1, 2, -0.5], [3, 5, 0.25], [0, 1, 2], [2, -2, 1]]
Y = [[1, 0, 0.5], [0, 1, 1], [2, 1, -1], [1, 1, 0]]
W = [[0.5, -1, 2], [1, 0.25, -0.5], [-1, 1, 0.75]]
GAMMA, BETA = [1.5, 1, -0.5], [0.5, 0, 0.25]
RUNNING = {"running_mean": [0.5, -0.25, 1], "running_var": [2, 0.5, 1.25]}


def spec(layer: dict[str, Any], x: Any = None, y: Any = None, **entry: Any) -> dict[str, Any]:
    weights = {"type": "dense", "bias": "none", "output": "z"}
    layout = {"weights": {"name": "W", "values": W}}
    return {
        "input": {"name": "x", "values": X if x is None else x, **entry},
        "layers": [{**weights, **layout}, {"gamma": GAMMA, "beta": BETA, **layer}],
        "loss": {"type": "squared_error", "target": {"name": "y", "values": Y if y is None else y}},
    }


def found(document: dict[str, Any], folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> dict[str, Any]:
    """Return values and gradients of a spec; those of its equations are the same bit for bit."""
    path, again = folder / "net.json", folder / "again.toml"
    path.write_text(json.dumps(document), "utf-8")
    assert run(["forward", str(path), "--equations", "-o", str(again), *more]) == 0
    facts = []
    for each, options in ((path, more), (again, ())):
        assert run(["backward", str(each), "--format", "json", "--wrt", "x,W,gamma,beta", *options]) == 0
        facts.append(json.loads(capsys.readouterr().out))
    assert [facts[0][key] for key in ("values", "gradients")] == [facts[1][key] for key in ("values", "gradients")]
    return facts[0]


def torchs(layer: dict[str, Any], x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """Return what PyTorch makes of it: the output, and the gradient of every quantity."""
    leaves = {
        word: torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
        for word, numbers in {"x": x, "W": W, "gamma": GAMMA, "beta": BETA}.items()
    }
    z = leaves["x"] @ leaves["W"].T
    eps = layer.get("eps", 1e-5)
    if layer["type"] == "layer_norm":
        out = F.layer_norm(z, (3,), leaves["gamma"], leaves["beta"], eps)
    else:
        running = [torch.tensor(each, dtype=torch.float64) for key, each in layer.items() if "running" in key]
        mean, var = running or (None, None)
        out = F.batch_norm(z, mean, var, leaves["gamma"], leaves["beta"], training=not running, eps=eps)
    (((out - torch.tensor(y, dtype=torch.float64)) ** 2).sum() / 2).backward()
    return out.tolist(), {word: leaf.grad.tolist() for word, leaf in leaves.items()}


def close(one: Any, other: Any) -> None:
    for a, b in zip(one, other, strict=True):
        if isinstance(a, list):
            close(a, b)
        else:
            assert a == pytest.approx(b, rel=1e-12, abs=1e-13)


LAYERS = [
    {"type": "batch_norm"}, {"type": "batch_norm", "eps": 0.125}, {"type": "batch_norm", **RUNNING},
    {"type": "layer_norm"}, {"type": "layer_norm", "eps": "1/8"},
]  # fmt: skip


@pytest.mark.oracle
@pytest.mark.parametrize("rows", [(), ("--convention", "examples=rows")], ids=["columns", "rows"])
@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_a_batch_is_that_of_pytorch(
    layer: dict[str, Any], rows: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = found(spec(layer), tmp_path, capsys, *rows)
    out, slopes = torchs({**layer, "eps": 0.125} if "eps" in layer else layer, X, Y)
    close(facts["values"]["yhat"], out)
    for word, slope in slopes.items():
        close(facts["gradients"][word], slope)


@pytest.mark.oracle
@pytest.mark.parametrize("layer", [{"type": "batch_norm", **RUNNING}, {"type": "layer_norm"}], ids=str)
def test_one_example_is_that_of_pytorch(
    layer: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = found(spec(layer, X[1], Y[1]), tmp_path, capsys)
    out, slopes = torchs(layer, [X[1]], [Y[1]])
    close(facts["values"]["yhat"], out[0])
    slopes["x"] = slopes["x"][0]
    for word, slope in slopes.items():
        close(facts["gradients"][word], slope)


def test_rows_and_columns_have_the_same_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for layer in LAYERS:
        one = found(spec(layer), tmp_path, capsys)
        other = found(spec(layer), tmp_path, capsys, "--convention", "examples=rows")
        assert one["values"] == other["values"]
        assert one["gradients"] == other["gradients"]


def test_a_sequence_is_normalised_step_by_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = spec({"type": "layer_norm"}, kind="sequence")
    document["layers"] = document["layers"][1:]
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document), "utf-8")
    assert run(["forward", str(path), "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    for row, normal in zip(X, values["yhat"], strict=True):
        mean = sum(row) / 3
        root = (sum((each - mean) ** 2 for each in row) / 3 + 1e-5) ** 0.5
        wanted = [g * (each - mean) / root + b for each, g, b in zip(row, GAMMA, BETA, strict=True)]
        assert normal == pytest.approx(wanted, rel=1e-12)


def test_what_is_not_said_is_said_on_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = spec({"type": "batch_norm"})
    document["layers"] = [{"type": "batch_norm"}, {"type": "layer_norm"}]
    path = tmp_path / "net.json"
    path.write_text(json.dumps(document), "utf-8")
    assert run(["forward", str(path), "--equations"]) == 0
    text = capsys.readouterr().out.partition("[parameters]\n")[2]
    assert text == (
        "gamma = [1, 1, 1]\nbeta = [0, 0, 0]\ngamma1 = [1, 1, 1]\nbeta1 = [0, 0, 0]\n\n[equations]\n"
        'mu = \'mean(x, over="rows")\'\nv = "mean((x - mu * ones(examples)\').^2, over=\\"rows\\")"\n'
        "u = \"(x - mu * ones(examples)') ./ (sqrt(v + 1e-5) * ones(examples)')\"\n"
        "s = \"(gamma * ones(examples)') .* u + beta * ones(examples)'\"\n"
        "mu1 = 'mean(s, over=\"columns\")'\nv1 = 'mean((s - ones(3) * mu1).^2, over=\"columns\")'\n"
        'u1 = "(s - ones(3) * mu1) ./ (ones(3) * sqrt(v1 + 1e-5))"\n'
        "yhat = \"(gamma1 * ones(examples)') .* u1 + beta1 * ones(examples)'\"\n"
        'loss = "squared_error(yhat, y)"\n'
    )


@pytest.mark.parametrize(
    ("layer", "x", "message"),
    [
        ({"type": "batch_norm"}, X[0], "layers[1].type: is over the examples of a batch, and there is one example"),
        ({"type": "batch_norm", "running_mean": [0, 0, 0]}, X, "missing key `running_var` in layers[1]"),
        ({"type": "batch_norm", "running_var": [1, 1, 1]}, X, "missing key `running_mean` in layers[1]"),
        (
            {"type": "layer_norm", "gamma": [1, 2]},
            X,
            "`gamma` is a list of 2 values, must be a list of 3 values, one for each input",
        ),
        ({"type": "layer_norm", "eps": -1}, X, "layers[1].eps: must not be less than 0, but is -1"),
        ({"type": "layer_norm", "epsilon": 1}, X, "unknown key `epsilon` in layers[1]"),
    ],
)
def test_what_does_not_fit_is_refused(
    layer: dict[str, Any], x: Any, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec(layer, x, Y[0] if x is not X else Y)), "utf-8")
    assert run(["forward", str(path)]) == 2
    assert message in capsys.readouterr().err
