"""Files that PyTorch wrote, by both of its ways to ONNX and as safetensors: the numbers are those that it found itself.

`cases/pytorch/make.py` says how they were made.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run

FILES = Path(__file__).parent / "cases" / "pytorch"
FOUND = json.loads((FILES / "found.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", sorted(FILES.glob("*.onnx")), ids=lambda path: path.stem)
def test_a_model_of_pytorch_gives_what_it_gives_there(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = FOUND[file.stem.split("-")[0]]
    x = np.array(found["x"])
    spec = str(tmp_path / "net.toml")
    assert run(["import", str(file), f"x={x.reshape(-1, x.shape[-1]).tolist()}", "-o", spec]) == 0
    capsys.readouterr()
    assert run(["forward", spec, "--get", "yhat"]) == 0
    folded = file.stem.startswith("pictures")  # its norm is multiplied into its kernels there, in single precision
    assert np.allclose(json.loads(capsys.readouterr().out), found["yhat"], rtol=1e-8 if folded else 1e-14, atol=1e-15)


def test_two_commands_make_a_worked_page_of_a_model_of_pytorch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = str(tmp_path / "net.toml")
    said = ["--activation", "relu", "--loss", "squared_error", "x=1,2", "y=3"]
    assert run(["import", str(FILES / "relu.safetensors"), *said, "-o", spec]) == 0
    capsys.readouterr()
    assert run(["backward", spec, "--show-steps", "--format", "json"]) == 0
    page: Any = json.loads(capsys.readouterr().out)
    wanted = FOUND["relu"]
    assert page["values"]["loss"] == pytest.approx(wanted["loss"], rel=1e-14)
    for name, slope in wanted["gradients"].items():
        assert np.allclose(page["gradients"][name], slope, rtol=1e-13)


@pytest.mark.parametrize(("name", "layers"), [("chain", 3), ("pictures", 5)])
@pytest.mark.parametrize("way", ["script", "dynamo"])
def test_a_chain_of_layers_of_pytorch_is_a_spec_in_layers(
    name: str, layers: int, way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x = np.array(FOUND[name]["x"])
    rows = x.reshape(-1, x.shape[-1]).tolist()
    assert run(["import", str(FILES / f"{name}-{way}.onnx"), f"x={rows}", "-o", str(tmp_path / "net.toml")]) == 0
    assert (tmp_path / "net.toml").read_text(encoding="utf-8").count("[[layers]]") == layers


@pytest.mark.parametrize(
    ("name", "blocks", "more"),
    [
        ("rnn", 1, ""), ("lstm", 4, ""), ("lstm", 4, 'gates = "ofgi"'), ("gru", 3, ""), ("gru", 3, 'gates = "nzr"'),
    ],
)  # fmt: skip
def test_a_recurrent_layer_of_pytorch_goes_into_a_spec(
    name: str, blocks: int, more: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows, spec = 3 * blocks, str(tmp_path / "net.toml")
    hidden = f'hidden_bias = {{ name = "d", shape = [{rows}], init = "zeros" }}' if name == "gru" else ""
    (tmp_path / "like.toml").write_text(f"""
[input]
values = {FOUND[name]["x"]}
[[layers]]
type = "{name}"
input_weights = {{ name = "U", shape = [{rows}, 2], init = "zeros" }}
hidden_weights = {{ name = "V", shape = [{rows}, 3], init = "zeros" }}
bias = {{ name = "c", shape = [{rows}], init = "zeros" }}
{hidden}
{more}
[[layers]]
type = "dense"
weights = {{ shape = [2, 3], init = "zeros" }}
bias = {{ name = "b", values = [0, 0] }}
""")
    assert run(["import", str(FILES / f"{name}.safetensors"), "--like", str(tmp_path / "like.toml"), "-o", spec]) == 0
    said = capsys.readouterr().err
    assert ("steps.bias_ih_l0 + steps.bias_hh_l0" in said) == (name != "gru")
    assert ("in the order" in said) == bool(more)
    assert run(["forward", spec, "--get", "yhat"]) == 0
    assert np.allclose(json.loads(capsys.readouterr().out), FOUND[name]["yhat"], rtol=1e-13)


def test_a_bias_that_a_spec_has_no_place_for_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "like.toml").write_text(f"""
[input]
values = {FOUND["gru"]["x"]}
[[layers]]
type = "gru"
input_weights = {{ shape = [9, 2], init = "zeros" }}
hidden_weights = {{ shape = [9, 3], init = "zeros" }}
bias = {{ shape = [9], init = "zeros" }}
[[layers]]
type = "dense"
weights = {{ shape = [2, 3], init = "zeros" }}
bias = {{ name = "b", values = [0, 0] }}
""")
    assert run(["import", str(FILES / "gru.safetensors"), "--like", str(tmp_path / "like.toml")]) == 2
    error = capsys.readouterr().err
    assert "no parameter is left for `steps.bias_hh_l0`" in error
    assert "hint: `hidden_bias` of the gru in the spec takes it" in error
