"""`nncalc import`: weights of another program become a spec, or those of a spec; what is not certain is refused."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run
from nncalc.spec.safetensors import written

CHAIN = {
    "0.weight": [[0.5, -1.0], [0.25, 2.0], [1.5, 0.75]], "0.bias": [0.5, -0.25, 1.0],
    "2.weight": [[2.0, -0.5, 0.125]], "2.bias": [0.75],
}  # fmt: skip


def safetensors(arrays: dict[str, Any]) -> bytes:
    shaped = {name: np.array(array, dtype=float) for name, array in arrays.items()}
    return written({name: (array.shape, array.ravel().tolist()) for name, array in shaped.items()})


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.safetensors").write_bytes(safetensors(CHAIN))
    return tmp_path


def by_numpy(x: list[float], y: float) -> tuple[float, Any]:
    """Return the loss of CHAIN with a ReLU, and the gradient of its first weights, by hand."""
    W1, b1, W2, b2 = (np.array(CHAIN[name]) for name in CHAIN)
    a = W1 @ x + b1
    yhat = float((W2 @ np.maximum(a, 0) + b2)[0])
    return (yhat - y) ** 2 / 2, np.outer((yhat - y) * W2[0] * (a > 0), x)


def test_two_commands_make_a_worked_page_of_weights(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = ["--activation", "relu", "--loss", "squared_error", "x=1,2", "y=3"]
    assert run(["import", "m.safetensors", *said, "-o", "n.toml"]) == 0
    assert "0.weight -> W1 (3×2)" in capsys.readouterr().err
    assert run(["backward", "n.toml", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    loss, slope = by_numpy([1, 2], 3)
    assert found["values"]["loss"] == loss
    assert found["gradients"]["W1"] == slope.tolist()


def test_an_npz_file_of_rows_gives_the_same_as_one_of_columns(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    turned = {"W1": np.array(CHAIN["0.weight"]).T, "b1": CHAIN["0.bias"], "W2": np.array(CHAIN["2.weight"]).T}
    np.savez(desk / "m.npz", **{key: np.array(each) for key, each in turned.items()}, b2=np.array(CHAIN["2.bias"]))
    common = ["--activation", "relu", "--output-activation", "tanh", "x=1,2", "-o"]
    assert run(["import", "m.npz", *common, "a.toml"]) == run(["import", "m.safetensors", *common, "b.toml"]) == 0
    capsys.readouterr()
    values = [run(["forward", file, "--get", "yhat"]) or capsys.readouterr().out for file in ("a.toml", "b.toml")]
    assert values[0] == values[1]


def test_names_are_counted_as_people_count(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = {f"net.{place}.weight": [[1.0 + place, 0], [0, 1]] for place in (10, 2, 0)}
    (desk / "m.safetensors").write_bytes(safetensors(layers))
    assert run(["import", "m.safetensors", "--activation", "tanh"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if "->" in line]
    assert [line.split()[1] for line in lines] == ["net.0.weight", "net.2.weight", "net.10.weight"]


def test_layers_without_numbers_stand_in_the_only_order_in_which_they_fit(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"out.weight": np.ones((1, 3)), "hidden.weight": np.ones((3, 2))}))
    assert run(["import", "m.safetensors", "--activation", "tanh"]) == 0
    assert "hidden.weight -> W1 (3×2)\nnncalc: out.weight -> W2 (1×3)" in capsys.readouterr().err


def test_many_numbers_stay_in_the_file_or_go_beside_the_spec(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    weights = rng.normal(size=(40, 2))
    (desk / "m.safetensors").write_bytes(safetensors({"weight": weights}))
    (desk / "specs").mkdir()
    assert run(["import", "m.safetensors", "x=1,2", "-o", "near.toml"]) == 0
    assert run(["import", "m.safetensors", "x=1,2", "-o", "specs/far.toml"]) == 0
    assert run(["import", "m.safetensors", "x=1,2", "-o", "specs/far.toml"]) == 0
    assert 'file = "m.safetensors", key = "weight"' in (desk / "near.toml").read_text()
    assert 'file = "far.safetensors", key = "weight"' in (desk / "specs/far.toml").read_text()
    capsys.readouterr()
    for spec in ("near.toml", "specs/far.toml"):
        assert run(["forward", spec, "--get", "yhat"]) == 0
        assert np.allclose(json.loads(capsys.readouterr().out), weights @ [1, 2], rtol=1e-15)


def test_a_file_of_other_numbers_is_not_replaced(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"weight": np.ones((40, 2))}))
    (desk / "specs").mkdir()
    (desk / "specs/n.safetensors").write_bytes(b"mine")
    assert run(["import", "m.safetensors", "-o", "specs/n.toml"]) == 2
    assert "is here already, and holds other numbers" in capsys.readouterr().err
    assert (desk / "specs/n.safetensors").read_bytes() == b"mine"
    assert not (desk / "specs/n.toml").exists()


def test_nothing_is_left_where_the_spec_is_not_sound(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"weight": np.ones((40, 2))}))
    (desk / "specs").mkdir()
    assert run(["import", "m.safetensors", "x=1,2,3", "-o", "specs/n.toml"]) == 2
    assert "`x` has 3 values, and the first layer takes 2" in capsys.readouterr().err
    assert not [*(desk / "specs").iterdir()]


def test_digits_round_the_weights_and_a_remark_says_so(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"weight": [[1 / 3, 2e-7]]}))
    assert run(["import", "m.safetensors", "--digits", "3"]) == 0
    out, err = capsys.readouterr()
    assert "values = [[0.333, 2e-07]]" in out
    assert "numbers are rounded to 3 digits" in err


LIKE = """
[input]
values = [1, 2]
[[layers]]
type = "dense"
activation = "relu"
weights = { name = "A", shape = [3, 2], init = "zeros" }
bias = { name = "c", values = [0, 0, 0], sign = "minus" }
[[layers]]
type = "dense"
weights = [[1, 1, 1, 1]]    # the intercept first
[loss]
type = "squared_error"
target = 3
"""


@pytest.mark.parametrize(
    "names",
    [("0.weight", "0.bias", "2.weight", "2.bias"), ("l1.w", "l1.b", "l2.w", "l2.b"), ("W1", "b1", "W2", "b2"),
     ("hidden.weight", "hidden.bias", "end.weight", "end.bias")],
    ids=["numbers", "letters", "no dots", "words"],
)  # fmt: skip
def test_weights_go_into_a_spec_one_after_the_other(
    desk: Path, capsys: pytest.CaptureFixture[str], names: tuple[str, ...]
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(dict(zip(names, CHAIN.values(), strict=True))))
    (desk / "like.toml").write_text(LIKE)
    assert run(["import", "m.safetensors", "--like", "like.toml", "-o", "n.toml"]) == 0
    text = (desk / "n.toml").read_text()
    assert 'bias = { name = "c", sign = "minus", values = [0.5, -0.25, 1] }' in text
    assert "weights = [[0.75, 2, -0.5, 0.125]]" in text
    capsys.readouterr()
    assert run(["forward", "n.toml", "--get", "A"]) == 0
    assert json.loads(capsys.readouterr().out) == CHAIN["0.weight"]


def test_weights_go_into_a_spec_by_their_names(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = '[inputs]\nx = [1, 2]\n[parameters]\nV = [[1, 2]]\nU = [[1, 0], [0, 1]]\n[equations]\ny = "V * (U * x)"\n'
    (desk / "like.toml").write_text(spec)
    (desk / "m.safetensors").write_bytes(safetensors({"U": [[0, 1], [1, 0]], "V": [[3, 5]], "unused": [1]}))
    assert run(["import", "m.safetensors", "--like", "like.toml", "-o", "n.toml"]) == 0
    capsys.readouterr()
    assert run(["forward", "n.toml", "--get", "y"]) == 0
    assert capsys.readouterr().out == "11\n"  # 3*2 + 5*1


REFUSED: list[tuple[dict[str, Any], list[str], str]] = [
    (CHAIN, [], "weights do not say what follows a layer"),
    (CHAIN, ["--activation", "rleu"], "--activation is one of"),
    (CHAIN, ["--activation", "relu", "z=1"], "`z` is nothing that is set here"),
    (CHAIN, ["--like", "like.toml", "--activation", "relu"], "the spec of --like says the network"),
    ({"bn.running_mean": [1.0]}, [], "the array `bn.running_mean`, 1, is no weight and no bias"),
    ({"conv.weight": np.ones((1, 1, 2, 2))}, [], "the array `conv.weight`, 1×1×2×2, is no weight"),
    ({"bias": [1.0]}, [], "`bias` belongs to no weights"),
    ({"weight": np.ones((3, 2)), "bias": [1.0]}, [], "a dense layer has one for each row"),
    ({"W": np.ones((3, 2)), "b": [1.0]}, [], "a dense layer has one for each unit"),
    ({"W": np.ones((2, 2))}, [], "nothing says whether a row of `W` is a unit it goes to"),
    ({"0.weight": np.ones((3, 2)), "1.weight": np.ones((3, 2))}, ["--activation", "elu"], "not go one into the next"),
    ({"a.weight": np.eye(2), "b.weight": np.eye(2)}, ["--activation", "relu"], "--order a,b"),
    ({"a.weight": np.ones((3, 2)), "b.weight": np.ones((3, 2))}, ["--activation", "relu"], "in no order"),
    ({"a.weight": np.ones((3, 2)), "b.weight": np.ones((3, 2))}, ["--like", "like.toml"], "no array fits `c`, which"),
    ({"a.weight": np.ones((9, 2)), "b.bias": [1]}, ["--like", "like.toml"], "no array fits `A`"),
    (CHAIN | {"3.bias": [1.0]}, ["--like", "like.toml"], "no parameter is left for `3.bias`"),
    ({"0.weight": np.ones((3, 2))}, ["--like", "like.toml"], "no array is left for `c`"),
    ({"0.weight": np.ones((2, 3))}, ["--like", "like.toml"], "`0.weight` 2×3 does not fit `A`, which is 3×2"),
    (CHAIN | {"2.bias": [1, 2]}, ["--like", "like.toml"], "do not make `beta`, which is 1×4 with the intercepts"),
]


@pytest.mark.parametrize(("arrays", "options", "message"), REFUSED)
def test_what_is_not_certain_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str], arrays: dict[str, Any], options: list[str], message: str
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(arrays))
    (desk / "like.toml").write_text(LIKE)
    assert run(["import", "m.safetensors", *options, "-o", "n.toml"]) == 2
    assert message in capsys.readouterr().err
    assert not (desk / "n.toml").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["x=1"], "no file is named"),
        (["m.pt"], "`m.pt` may hold code, and is never opened"),
        (["m.csv"], "`m.csv` is no file that is read here"),
        (["none.npz"], "cannot read `none.npz`"),
        (["bad.npz"], "`bad.npz`: this is not a sound NPZ file"),
        (["bad.safetensors"], "`bad.safetensors`: the header is said to have"),
        (["nan.safetensors"], "`nan.safetensors`: `b`: the array holds nan or an infinity"),
        (["nan.npz"], "`nan.npz`: `b`: the array holds nan or an infinity"),
        (["empty.safetensors"], "`empty.safetensors` holds no array"),
        (["zero.safetensors"], "`zero.safetensors`: the file is empty"),
        (["zero.npz"], "`zero.npz`: the file is empty"),
        (["zero.onnx"], "`zero.onnx`: the file is empty"),
        (["bad.onnx", "--activation", "relu"], "`bad.onnx`: the model has a field of a kind that no such file has"),
        (["m.safetensors", "-o", "m.json"], "`m.json` is to be a spec"),
        (["m.safetensors", "m.npz"], "one spec at a time"),
    ],
)
def test_a_file_that_is_none_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str], words: list[str], message: str
) -> None:
    for file in ("m.pt", "bad.npz", "bad.safetensors", "bad.onnx"):
        (desk / file).write_bytes(b"no model")
    for ending in ("safetensors", "npz", "onnx"):
        (desk / f"zero.{ending}").write_bytes(b"")
    (desk / "empty.safetensors").write_bytes(safetensors({}))
    (desk / "nan.safetensors").write_bytes(safetensors({"a": [1], "b": [math.nan]}))
    np.savez(desk / "nan.npz", a=np.array([1.0]), b=np.array([math.nan]))
    assert run(["import", *words]) == 2
    assert message in capsys.readouterr().err


NAMED = {
    "encoder.weight": np.arange(9).reshape(3, 3), "encoder.bias": [1, 2, 3], "head.weight": [[1, 0], [0, 1], [1, 1]],
    "head.bias": [4, 5, 6], "hidden.weight": [[1, 0, -1], [0, 2, 1]], "hidden.bias": [7, 8],
}  # fmt: skip


RECURRENT = {
    "rnn.weight_ih_l0": [[1.0]], "rnn.weight_hh_l0": [[2.0]], "rnn.bias_ih_l0": [3.0], "rnn.bias_hh_l0": [4.0],
}  # fmt: skip


@pytest.mark.parametrize(
    ("arrays", "options", "message", "hint"),
    [
        (RECURRENT, [], "`rnn.weight_ih_l0`", 'with `type = "rnn"`, and `--like net.toml`'),
        ({"conv.weight": np.ones((1, 1, 2, 2))}, [], "`conv.weight`", 'with `type = "conv2d"`, and `--like net.toml`'),
        (RECURRENT | {"rnn.weight_ih_l1": [[1.0]]}, [], "several recurrent layers in one", "a module of its own"),
        (RECURRENT | {"rnn.bias_hh_l0_reverse": [1.0]}, [], "that goes both ways", "one direction"),
        (RECURRENT | {"rnn.weight_ih": [[1.0]]}, [], "are the same of one layer", "a module of its own"),
        (RECURRENT | {"rnn.weight_hr_l0": [[1.0]]}, [], "a recurrent layer with a projection", "one direction"),
        (RECURRENT | {"rnn.weight_hh_l0": [[1.0], [1.0]]}, [], "do not make a recurrent layer", "error"),
        (CHAIN, ["--activation", "relu", "--loss", "cross_entropy"], "--loss: `cross_entropy` cannot follow the activ",
         "`--loss cross_entropy_logits`"),
        (CHAIN, ["--activation", "relu", "--loss", "huber", "y=1,2"], "`y` has 2 values, must have 1: `yhat` has 1 va",
         "error: `y`"),
    ],
)  # fmt: skip
def test_what_is_refused_says_what_to_do_and_quotes_no_file_that_is_not_there(
    desk: Path, capsys: pytest.CaptureFixture[str], arrays: dict[str, Any], options: list[str], message: str, hint: str
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(arrays))
    assert run(["import", "m.safetensors", *options, "-o", "n.toml"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert hint in error
    assert "n.toml:" not in error
    assert "(line" not in error
    assert not (desk / "n.toml").exists()


def layered(*sizes: tuple[int, int]) -> str:
    """Return a spec of dense layers of so many rows and columns, without their numbers."""
    each = '[[layers]]\ntype = "dense"\nweights = {{ shape = [{0}, {1}], init = "zeros" }}\n'
    bias = 'bias = {{ shape = [{0}], init = "zeros" }}\n'
    return f"[input]\nvalues = {[1] * sizes[0][1]}\n" + "".join((each + bias).format(*size) for size in sizes)


def by_hand(*layers: str) -> list[float]:
    """Return what NAMED computes of ones where layers stand in this order, each linear."""
    z = np.ones(3)
    for each in layers:
        z = np.array(NAMED[f"{each}.weight"]) @ z + NAMED[f"{each}.bias"]
    return [float(each) for each in z]


@pytest.mark.parametrize("order", [["encoder", "hidden", "head"], ["hidden", "head", "encoder"]])
@pytest.mark.parametrize("like", [False, True])
def test_layers_stand_in_the_order_that_is_said(
    desk: Path, capsys: pytest.CaptureFixture[str], order: list[str], *, like: bool
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(NAMED))
    (desk / "like.toml").write_text(layered(*[np.shape(NAMED[f"{each}.weight"]) for each in order]))
    asked = ["--like", "like.toml"] if like else ["--activation", "linear", "x=1,1,1"]
    assert run(["import", "m.safetensors", *asked, "--order", ", ".join(order), "-o", "n.toml"]) == 0
    capsys.readouterr()
    assert run(["forward", "n.toml", "--get", "yhat"]) == 0
    assert json.loads(capsys.readouterr().out) == by_hand(*order)


def test_an_order_that_is_not_said_is_proposed_and_its_words_are_those_of_the_file(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(NAMED))
    common = ["import", "m.safetensors", "--activation", "relu", "--order"]
    assert run(common[:-1]) == 2
    assert "hint: say it: `--order encoder,hidden,head`, if that is it" in capsys.readouterr().err
    for said, message in (
        ("encoder,hiden,head", "did you mean `hidden`?"), ("encoder,hidden", "--order leaves out `head.weight`"),
        ("head,head", "`head` is there twice"), ("encoder,head,hidden", "gives 3 values, and `head.weight` takes 2"),
    ):  # fmt: skip
        assert run([*common, said]) == 2
        assert message in capsys.readouterr().err
    assert run([*common, "encoder.weight,hidden.bias,head."]) == 0


@pytest.mark.parametrize("asked", [["--activation", "relu"], ["--like", "like.toml"]])
def test_layers_whose_names_begin_alike_are_told_apart(
    desk: Path, capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"a.weight": np.eye(2), "a_weight": 2 * np.eye(2)}))
    (desk / "like.toml").write_text(re.sub("(?m)^bias.*$", 'bias = "none"', layered((2, 2), (2, 2))))
    assert run(["import", "m.safetensors", *asked, "--order", "a"]) == 2
    assert "--order leaves out `a" in capsys.readouterr().err
    assert run(["import", "m.safetensors", *asked, "--order", "a_weight,a.weight"]) == 0
    assert "a_weight -> W1" in capsys.readouterr().err


def test_a_bias_goes_with_the_weights_of_its_name_and_weights_where_only_they_fit(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(NAMED))
    (desk / "like.toml").write_text(layered((3, 3), (2, 3), (3, 2)))
    assert run(["import", "m.safetensors", "--like", "like.toml", "-o", "n.toml"]) == 0
    assert "encoder.bias -> b1" in capsys.readouterr().err
    assert run(["forward", "n.toml", "--get", "yhat"]) == 0
    assert json.loads(capsys.readouterr().out) == by_hand("encoder", "hidden", "head")


def test_what_fits_twice_needs_an_order(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    twins = {f"{of}.{end}": np.eye(2) if end == "weight" else [1, 2] for of in "ab" for end in ("weight", "bias")}
    (desk / "m.safetensors").write_bytes(safetensors(twins))
    (desk / "like.toml").write_text(layered((2, 2), (2, 2)))
    assert run(["import", "m.safetensors", "--like", "like.toml"]) == 2
    assert "say it: `--order a,b`" in capsys.readouterr().err
    assert run(["import", "m.safetensors", "--like", "like.toml", "--order", "b,a"]) == 0
    assert "b.weight -> W1" in capsys.readouterr().err


KERNELS = {"conv.weight": [[[[1, 2], [3, 4]]], [[[5, 6], [7, 8]]]], "conv.bias": [1, 2], "fc.weight": np.ones((2, 8))}


@pytest.mark.parametrize(
    "kernels", ['[{ name = "K1", values = [[1, 0], [0, -1]] }, { name = "K2", values = [[0, 1], [1, 0]] }]',
                "[[[[1, 0], [0, -1]]], [[[0, 1], [1, 0]]]]", "{ shape = [2, 1, 2, 2], init = 'normal', seed = 1 }"],
    ids=["named", "listed", "drawn"],
)  # fmt: skip
def test_kernels_are_replaced_as_well(desk: Path, capsys: pytest.CaptureFixture[str], kernels: str) -> None:
    text = (Path(__file__).parent.parent / "configs" / "convolution.toml").read_text(encoding="utf-8")
    (desk / "like.toml").write_text(re.sub(r"(?m)^kernels = .*$", lambda _: f"kernels = {kernels}", text))
    (desk / "m.safetensors").write_bytes(safetensors(KERNELS))
    assert run(["import", "m.safetensors", "--like", "like.toml", "-o", "n.toml"]) == 0
    assert run(["forward", "n.toml", "--format", "json"]) == 0
    values = json.loads(capsys.readouterr().out)["values"]
    assert (values["K1"], values["K2"]) == ([[1, 2], [3, 4]], [[5, 6], [7, 8]])
    assert values["A1"][0][0] == 1 * 1.5 + 2 * 2 + 4 * 1 + 1


def test_kernels_of_another_size_do_not_fit(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "m.safetensors").write_bytes(safetensors(KERNELS | {"conv.weight": np.ones((2, 1, 3, 3))}))
    assert run(["import", "m.safetensors", "--like", "convolution"]) == 2
    assert "no array fits `K1`" in capsys.readouterr().err


def test_more_numbers_than_a_terminal_is_for_need_a_file(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (desk / "m.safetensors").write_bytes(safetensors({"weight": np.ones((300, 100))}))
    assert run(["import", "m.safetensors"]) == 2
    assert "30000 numbers are too many for standard output" in capsys.readouterr().err
