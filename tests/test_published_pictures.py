"""Published convolutions, in equations and in layers: values and gradients are those of `cases/d2l.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run

FILE = json.loads((Path(__file__).parent / "cases" / "d2l.json").read_text(encoding="utf-8"))
CASES = [case for case in FILE["cases"] if "conv" in case.get("tags", ())]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
@pytest.mark.parametrize("form", ["scalar", "vector"])
def test_a_published_convolution(
    case: dict[str, Any], form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    channels = range(len(case["inputs"]["x"]))
    (kernel,) = case["parameters"]["K"]
    last = case["layers"][-1]
    spec = {
        "inputs": {f"x{c}": case["inputs"]["x"][c] for c in channels},
        "parameters": {f"K{c}": kernel[c] for c in channels},
        "equations": {
            "y": " + ".join(f"conv2d(x{c}, K{c})" for c in channels),
            "s": last["expr"].replace("y*y", "y.^2"),
        },
    }
    path = tmp_path / "conv.json"
    path.write_text(json.dumps(spec))
    wrt = ",".join([*spec["inputs"], *spec["parameters"]])
    assert run(["backward", str(path), "--wrt", wrt, "--form", form, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    expected = case["expected"]
    assert found["values"]["y"] == expected["values"]["y"][0]
    assert found["values"]["s"] == expected["values"]["s"]
    for c in channels:
        assert found["gradients"][f"x{c}"] == expected["gradients"]["x"][c]
        assert found["gradients"][f"K{c}"] == expected["gradients"]["K"][0][c]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_published_convolution_in_layers(
    case: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Half the sum of squares is a squared error from zeros; a sum is a dense layer with weights of one."""
    (kernel,) = case["parameters"]["K"]
    channels, wanted = len(kernel), case["expected"]
    entries = [entry for row in wanted["values"]["y"][0] for entry in row]
    spec: dict[str, Any] = {
        "input": {"name": "x", "kind": "image", "values": case["inputs"]["x"]},
        "layers": [
            {"type": "conv2d", "kernels": {"name": "K", "values": [kernel]}, "output": "y"},
            {"type": "flatten"},
        ],
    }
    if "y*y" in case["layers"][-1]["expr"]:
        spec["loss"] = {"type": "squared_error", "target": [0 for _ in entries], "name": "s"}
    else:
        ones = {"values": [[1 for _ in entries]]}
        spec["layers"].append({"type": "dense", "weights": ones, "bias": "none", "output": "s"})
        spec["output"] = "s"
    path = tmp_path / "conv.json"
    path.write_text(json.dumps(spec))
    names = [("x", "K")] if channels == 1 else [(f"x{c}", f"K1_{c}") for c in range(1, channels + 1)]
    wrt = ",".join(each for pair in names for each in pair)
    assert run(["backward", str(path), "--wrt", wrt, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["values"]["y"] == wanted["values"]["y"][0]
    assert found["values"]["s"] == wanted["values"]["s"]
    for c, (x, k) in enumerate(names):
        assert found["gradients"][x] == wanted["gradients"]["x"][c]
        assert found["gradients"][k] == wanted["gradients"]["K"][0][c]
