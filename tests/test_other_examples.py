"""Another number of examples, and targets in class numbers, said on the command line or in Python.

What is computed is that of the same spec with these numbers written in it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import nncalc
from nncalc.cli.app import run

DENSE = {
    "type": "dense",
    "activation": "tanh",
    "weights": {"values": [[1, 0.5], [0.5, -1]]},
    "bias": {"values": [1, 2]},
}
ONE = {"type": "dense", "weights": {"values": [[1, -1]]}, "bias": "none"}
THREE = {"type": "dense", "activation": "softmax", "weights": {"values": [[0, 1, -1], [1, 0, 1], [-1, 2, 0]]}}
X = {2: [[1, 2], [3, -1]], 3: [[1, 2], [3, 4], [0, 0.5]], 4: [[0, 0], [0, 1], [1, 0], [1, 1]], 1: [[2, 3]], 0: [2, 3]}
PICTURES = [[[1, 2, 0], [0, 1, 3], [2, 1, 1]], [[0, 1, 1], [2, 2, 1], [0, 0, 3]], [[1, 1, 1], [2, 0, 1], [0, 4, 0]]]
PICTURE_LAYERS = [
    {"type": "conv2d", "kernels": {"values": [[1, 0], [0, -1]]}},
    {"type": "flatten"},
    {"type": "dense", "weights": {"values": [[1, 0, 2, 1], [0, 1, 1, -1]]}, "bias": "none", "activation": "softmax"},
]


def squared(**more: object) -> dict[str, Any]:
    return {"type": "squared_error", **more}


def classes(**more: object) -> dict[str, Any]:
    return {"type": "cross_entropy", **more}


def layers(x: object, target: object, stack: list[Any], loss: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"input": {"name": "x", "values": x, **more}, "layers": stack, "loss": {**loss, "target": target}}


def mean(x: object, target: object) -> dict[str, Any]:
    return layers(x, target, [DENSE, ONE], squared(reduction="mean"))


def equations(x: object, y: object) -> dict[str, Any]:
    return {
        "batch": ["x", "y", "yhat"], "inputs": {"x": x}, "targets": {"y": y}, "parameters": {"W": [[1, 2]], "b": 3},
        "equations": {"yhat": "W*x + b*ones(examples)'", "loss": "squared_error(yhat, y)/examples"},
    }  # fmt: skip


#: How a spec is made of an input and a target, those it has, and those that it is given.
OTHERS: dict[str, tuple[Callable[[Any, Any], dict[str, Any]], tuple[Any, Any], tuple[Any, Any]]] = {
    "fewer": (mean, (X[4], [0, 1, 1, 0]), (X[3], [1, 0, 1])),
    "more": (mean, (X[2], [0, 1]), (X[4], [1, 0, 1, 5])),
    "one": (mean, (X[4], [0, 1, 1, 0]), (X[1], [1])),
    "of one": (lambda x, y: layers(x, y, [DENSE, ONE], squared()), (X[0], 1), (X[3], [1, 0, 1])),
    "of one, per example": (lambda x, y: layers(x, y, [ONE], squared(reduction="none")), (X[0], 1), (X[3], [1, 0, 1])),
    "classes": (lambda x, y: layers(x, y, [THREE], classes(base=1)), (X[0], 1), (X[3], [3, 1, 2])),
    "classes of fewer": (lambda x, y: layers(x, y, [THREE], classes()), (X[3], [0, 1, 2]), (X[2], [2, 1])),
    "classes alone": (lambda x, y: layers(x, y, [THREE], classes()), (X[2], [0, 1]), (X[2], [2, 2])),
    "one class": (lambda x, y: layers(x, y, [THREE], classes()), (X[0], 1), (X[0], 2)),
    "numbers each": (
        lambda x, y: layers(x, y, [DENSE], squared()), (X[2], [[1, 2], [3, 4]]), (X[3], [[1, 0], [0, 1], [2, 2]])
    ),
    "one value each": (
        lambda x, y: layers(x, y, [{"type": "dense", "weights": {"values": [[2, 1]]}}], squared()),
        ([[1], [2]], [0, 1]), ([[3], [4], [5]], [1, 2, 3]),
    ),
    "rows": (
        lambda x, y: {**mean(x, y), "conventions": {"examples": "rows"}},
        (X[4], [0, 1, 1, 0]), (X[3], [1, 0, 1]),
    ),
    "batch norm": (
        lambda x, y: layers(x, y, [DENSE, {"type": "batch_norm"}, ONE], squared()),
        (X[4], [0, 1, 1, 0]), (X[3], [1, 0, 1]),
    ),
    "dropout": (
        lambda x, y: layers(x, y, [DENSE, {"type": "dropout", "rate": 0.5, "seed": 3}, ONE], squared()),
        (X[4], [0, 1, 1, 0]), (X[3], [1, 0, 1]),
    ),
    "steps": (
        lambda x, y: layers(
            x, y, [{"type": "rnn", "input_weights": {"values": [[1, 0.5]]}, "hidden_weights": {"values": [[0.5]]},
                    "returns": "all"}], squared(reduction="mean"),
        ),
        (X[2], [1, 0]), (X[3], [1, 0, 1]),
    ),
    "equations": (equations, (X[4], [0, 1, 1, 0]), (X[3], [1, 0, 1])),
    "pictures": (
        lambda x, y: layers(x, y, PICTURE_LAYERS, classes(reduction="mean")),
        (PICTURES[:2], [0, 1]), (PICTURES, [1, 0, 1]),
    ),
}  # fmt: skip


def computed(words: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run(["backward", *words, "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return {part: found.get(part) for part in ("values", "gradients", "notes")}


@pytest.mark.parametrize("which", OTHERS)
def test_words_are_as_if_the_spec_had_said_them(which: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made, own, others = OTHERS[which]
    specs = [tmp_path / "own.json", tmp_path / "other.json"]
    for path, numbers in zip(specs, (own, others), strict=True):
        path.write_text(json.dumps(made(*numbers)), "utf-8")
    expected = computed([str(specs[1])], capsys)
    x, y = ([row for picture in others[0] for row in picture] if which == "pictures" else others[0]), others[1]
    assert computed([str(specs[0]), f"x={x}", f"y={y}"], capsys) == expected
    net = nncalc.load(specs[0])
    found = net.set(x=x, y=y)
    assert found.backward().data["values"] == expected["values"]
    assert computed([str(specs[0])], capsys)["values"] == net.backward().data["values"]  # which stays as it was
    again = found.set(x=own[0] if which != "pictures" else [*own[0][0], *own[0][1]], y=own[1])
    assert again.backward().data["values"] == net.backward().data["values"]


def test_parameters_that_were_set_stay(tmp_path: Path) -> None:
    """By hand: yhat = 2*3 + 1*4 = 10 for the first, 0 for the others; (81 + 0 + 1)/2/3."""
    net = nncalc.load(layers(X[4], [0, 1, 1, 0], [ONE], squared(reduction="mean"))).set(W1=[[2, 1]])
    found = net.set(x=[[3, 4], [0, 0], [0, 0]], y=[1, 0, 1]).forward()
    assert found["yhat"].tolist() == [[10], [0], [0]]
    assert float(found["loss"]) == pytest.approx(82 / 6)


def test_probabilities_go_in_place_of_class_numbers_with_a_base() -> None:
    net = nncalc.load(layers(X[0], 1, [THREE], classes(base=1)))
    found = net.set(x=X[2], y=[[0, 1, 0], [0, 0, 1]])
    assert found.forward()["loss"] == net.set(x=X[2], y=[2, 3]).forward()["loss"]


def test_a_row_of_an_equation_stays_a_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.toml"
    path.write_text('[inputs]\nx = [[1, 2]]\n[parameters]\nb = 1\n[equations]\nf = "b*sum(x*x\')"\n')
    assert run(["forward", str(path), "x=1,2,3", "--get", "f"]) == 0
    assert capsys.readouterr().out == "14\n"


def test_a_mask_goes_with_its_examples(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By hand: the second example is masked to (3, 0), so yhat is 3 beside 1 and the loss 2; the third to (0, 1)."""
    path = tmp_path / "net.json"
    dropout = {"type": "dropout", "rate": 0, "mask": {"name": "m", "values": [[1, 1], [1, 1]]}}
    path.write_text(json.dumps(layers(X[2], [0, 1], [dropout, ONE], squared())), "utf-8")
    words = [str(path), "x=[[1,1],[3,4],[2,1]]", "y=0,1,0"]
    assert run(["forward", *words]) == 2
    assert "`m`" in capsys.readouterr().err
    words.append("m=[[1,1],[1,0],[0,1]]")
    assert run(["forward", *words, "--get", "yhat", "--get", "loss"]) == 0
    assert capsys.readouterr().out.splitlines() == ["[[0], [3], [-1]]", "2.5"]
    assert run(["train", *words, "--batch", "1", "--steps", "3", "--rate", "1e-9", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["losses"] == pytest.approx([0, 2, 0.5], rel=1e-6)


def test_training_takes_batches_of_the_examples_that_were_set(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["xor", "x=[[1,0],[0,1],[1,1]]", "y=1,1,0", "--batch", "2", "--steps", "2", "--rate", "0.1"]
    found = []
    for more in ([], ["--show-steps"]):
        assert run(["train", *words, *more, "--format", "json"]) == 0
        found.append(json.loads(capsys.readouterr().out)["losses"])
    assert found[0] == pytest.approx(found[1], rel=1e-12)
    assert run(["forward", "xor", "x=[[1,0],[0,1]]", "y=1,1", "--get", "loss"]) == 0
    assert math.isclose(float(capsys.readouterr().out), found[0][0], rel_tol=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["xor", "x=[[1,2],[3,4],[0,0]]"], "argument x: error: `y` has 4 examples, and `x` now has 3"),
        (["xor", "y=1,0,1"], "`y` has 3 values, must have 4 rows of 1 value"),
        (["xor", "x=[[1,2],[3,4],[0,0]]", "y=1,0"], "`yhat` has 1 value for each of 3 examples"),
        (["recitation", "x=[[1,2],[3,4]]"], "argument x: error: `y` has 1 example, and `x` now has 2"),
        (["softmax-classifier", "y=3"], "`y` must be a class number from 0 to 2, not 3"),
        (["softmax-classifier", "y=1,0"], "`y` has 2 values, must have 3"),
        (["xor", "x=[[1,2,3],[4,5,6],[0,0,0]]", "y=1,0,1"], "`x` is 3×3 (from the command line)"),
    ],
)  # fmt: skip
def test_examples_that_are_not_as_many_are_refused(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forward", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, said in err) == ("", True), err


def test_equations_and_pictures_say_which_are_not_as_many(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "net.json"
    for spec, word, said in (
        (equations(X[4], [0, 1, 1, 0]), "x=[[1,2],[3,4]]", "`y` has 4 examples, and `x` now has 2"),
        (OTHERS["pictures"][0](PICTURES, [0, 1, 0]), f"x={PICTURES[0]}", "`y` has 3 examples, and `x` now has 1"),
        (
            OTHERS["pictures"][0](PICTURES, [0, 1, 0]),
            "x=[[1,2,3],[4,5,6]]",
            "`x` has 2 rows, which are no pictures of 3",
        ),
    ):
        path.write_text(json.dumps(spec), "utf-8")
        assert run(["forward", str(path), word]) == 2
        assert said in capsys.readouterr().err


def test_what_stands_in_place_of_its_equation_keeps_its_shape() -> None:
    net = nncalc.load("xor", given={"z": [[1, 2], [3, 4], [0, 1], [1, 0]]})
    with pytest.raises(nncalc.Problem, match="`y` has another shape than before, and `z` is given already"):
        net.set(y=[1, 0])
