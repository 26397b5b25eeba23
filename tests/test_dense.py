"""Layers with weights in either layout, with intercepts first, last, apart or taken away; numbers are NumPy's."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nncalc.cli.app import run
from nncalc.graph.calculus import gradient_of
from nncalc.language.formula import name
from nncalc.language.printer import show
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.spec import read
from nncalc.spec.model import Model, from_spec

W = np.array([[1.0, 0.5], [2.0, -1.0], [-1.0, 1.5]])
B = np.array([2.0, 0.25, 0.5])
X = np.array([[1.0, 2.0], [-2.0, 1.0], [0.5, 0.0], [3.0, -1.0]])
SEED = np.arange(12.0).reshape(4, 3) / 4 + 1


def layer(layout: str, bias: str, sign: str = "plus") -> dict[str, Any]:
    """Return a layer that computes W x + b, or W x - b."""
    weights = {"none": W, "separate": W, "folded": np.c_[B, W], "folded_last": np.c_[W, B]}[bias]
    found: dict[str, Any] = {
        "type": "dense", "layout": layout, "bias": bias, "output": "z",
        "weights": {"name": "W", "values": (weights.T if layout == "in_out" else weights).tolist()},
    }  # fmt: skip
    if bias == "separate":
        found |= {"bias": {"name": "b", "values": B.tolist()}, "sign": sign}
    return found


def model(layers: list[dict[str, Any]], x: Any = None, **more: Any) -> Model:
    spec = {"input": {"name": "x", "values": X.tolist() if x is None else x}, "layers": layers, **more}
    return from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))


def solved(found: Model) -> Calculation:
    return calculate(found, wrt=[of.base for of in (*found.parameters, *found.inputs)], backward=True)


def equation(found: Model, of: str = "z") -> str:
    return show(found.graph.by_name[name(of)].formula)


WRITTEN = {
    ("out_in", "none"): ("W * x", "W * x", "x * W'"),
    ("in_out", "none"): ("W' * x", "W' * x", "x * W"),
    ("out_in", "separate"): ("W * x + b", "W * x + b * ones(4)'", "x * W' + ones(4) * b'"),
    ("in_out", "separate"): ("W' * x + b", "W' * x + b * ones(4)'", "x * W + ones(4) * b'"),
    ("out_in", "folded"): ("W * intercept(x)", "W * intercept(x)", "[[ones(4), x]] * W'"),
    ("in_out", "folded"): ("W' * intercept(x)", "W' * intercept(x)", "[[ones(4), x]] * W"),
    ("out_in", "folded_last"): ("W * [x, 1]", "W * [x, ones(4)']", "[[x, ones(4)]] * W'"),
    ("in_out", "folded_last"): ("W' * [x, 1]", "W' * [x, ones(4)']", "[[x, ones(4)]] * W"),
}


@pytest.mark.parametrize(("layout", "bias"), WRITTEN)
def test_every_layout_and_intercept_is_an_equation_with_the_same_numbers(layout: str, bias: str) -> None:
    loss = {"type": "squared_error", "target": {"name": "y", "values": (0 * SEED).tolist()}}
    one, columns, rows = (
        model([layer(layout, bias)], x=X[0].tolist()),
        model([layer(layout, bias)], loss=loss),
        model([layer(layout, bias)], loss=loss, conventions={"examples": "rows"}),
    )
    assert tuple(map(equation, (one, columns, rows))) == WRITTEN[layout, bias]
    z = X @ W.T + (B if bias != "none" else 0)
    wide = {"folded": np.c_[np.ones(4), X], "folded_last": np.c_[X, np.ones(4)]}.get(bias, X)
    slope = z.T @ wide
    for found in (columns, rows):
        in_rows = found.conventions.rows
        result = solved(found)
        numbers = {of: np.array(result.machine.rows(name(of))) for of in ("z",)}
        slopes = {of.base: np.array(result.machine.rows(gradient_of(of, name("loss")))) for of in result.wrt}
        assert numbers["z"] == pytest.approx(z if in_rows else z.T, rel=1e-15)
        assert slopes["W"] == pytest.approx(slope.T if layout == "in_out" else slope, rel=1e-14)
        assert slopes["x"] == pytest.approx(z @ W if in_rows else (z @ W).T, rel=1e-14)
        if bias == "separate":
            assert slopes["b"] == pytest.approx(z.sum(0)[:, None], rel=1e-14)


@pytest.mark.parametrize("place", ["layer", "bias"])
def test_a_threshold_is_taken_away(place: str) -> None:
    own = layer("out_in", "separate", "minus")
    if place == "bias":
        own["bias"]["sign"] = own.pop("sign")
    found = model([own], loss={"type": "squared_error", "target": SEED.tolist()})
    assert equation(found) == "W * x - b * ones(4)'"
    result = solved(found)
    residual = X @ W.T - B - SEED
    assert np.array(result.machine.rows(name("z"))) == pytest.approx((X @ W.T - B).T, rel=1e-15)
    assert np.array(result.machine.rows(name("b", of=name("loss")))) == pytest.approx(-residual.sum(0)[:, None])


@pytest.mark.parametrize(("sign", "examples"), [*product(("plus", "minus"), ("columns", "rows"))])
def test_one_bias_is_that_of_all_units(sign: str, examples: str) -> None:
    own = layer("in_out", "separate", sign) | {"bias": {"name": "b", "values": 0.25}}
    loss = {"type": "squared_error", "target": SEED.tolist()}
    found = model([own], loss=loss, conventions={"examples": examples})
    assert "`b`: one bias, which all 3 units have" in found.notes
    by = 1 if sign == "plus" else -1
    residual = X @ W.T + by * 0.25 - SEED
    slope = np.array(solved(found).machine.rows(name("b", of=name("loss"))))
    assert slope == pytest.approx(by * np.array([[residual.sum()]]), rel=1e-14)


def test_a_list_of_weights_is_one_unit_in_either_layout() -> None:
    for layout in ("out_in", "in_out"):
        own = {"type": "dense", "layout": layout, "bias": "none", "weights": {"name": "w", "values": [2, 3]}}
        result = calculate(model([own | {"output": "z"}], x=[1, 2]))
        assert result.machine.rows(name("z")) == [[8]]


@pytest.mark.parametrize("bias", ["folded", "folded_last"])
@pytest.mark.parametrize("layout", ["out_in", "in_out"])
def test_a_penalty_leaves_the_intercepts_out_wherever_they_are(layout: str, bias: str) -> None:
    loss = {"type": "squared_error", "target": SEED.tolist(), "penalties": [{"type": "l2", "strength": 0.5}]}
    found = model([layer(layout, bias)], loss=loss)
    first, last = ("column 0", "the last column") if layout == "out_in" else ("the first row", "the last row")
    part = first if bias == "folded" else last
    assert any(f"`W` without {part} of `W`, the intercepts" in note for note in found.notes)
    put = "first" if bias == "folded" else "last"
    assert f"{part} of `W` holds the intercepts; they multiply a constant 1 put {put}" in found.notes
    value = ((X @ W.T + B - SEED) ** 2).sum() / 2 + 0.5 * (W**2).sum()
    assert calculate(found).machine.rows(name("loss")) == [[pytest.approx(value, rel=1e-15)]]


def test_each_layout_is_said() -> None:
    first = layer("in_out", "none") | {"weights": {"name": "V", "values": np.eye(2).tolist()}, "output": "h"}
    found = model([first, layer("out_in", "folded_last")])
    assert found.notes == (
        "`W`: a row for each unit it goes to, a column for each unit it comes from",
        "`V`: a row for each unit it comes from, a column for each unit it goes to",
        "the last column of `W` holds the intercepts; they multiply a constant 1 put last",
    )


#: Weights, what else the layer says, and the hint, for 2 inputs.
MISFITS: list[tuple[str, dict[str, Any], str]] = [
    ("2×3", {"bias": {"values": [1, 2, 3]}},
     "its transpose fits, 3×2: a row is a unit it goes to, a column a unit it comes from; it fits as it is with "
     'layout = "in_out"; or, if column 0 holds the intercepts, set bias = "folded"'),
    ("2×3", {"bias": "none", "units": 3},
     "its transpose fits, 3×2: a row is a unit it goes to, a column a unit it comes from; it fits as it is with "
     'layout = "in_out"'),
    ("2×3", {"units": 3},
     'it fits with layout = "in_out" and bias = "none": a row is a unit it comes from, a column a unit it goes to'),
    ("3×4", {"units": 4, "bias": "folded_last"},
     "its transpose fits, 4×3: a row is a unit it goes to, a column a unit it comes from; it fits as it is with "
     'layout = "in_out"'),
    ("4×2", {}, 'put the intercepts in column 0, or set bias = "none"'),
    ("4×2", {"bias": "folded_last"}, 'put the intercepts in the last column, or set bias = "none"'),
    ("2×4", {"layout": "in_out"}, 'put the intercepts in the first row, or set bias = "none"'),
    ("3×4", {"layout": "in_out", "bias": "none"}, 'if the first row holds the intercepts, set bias = "folded"'),
    ("4×2", {"layout": "in_out", "bias": "none"},
     "its transpose fits, 2×4: a row is a unit it comes from, a column a unit it goes to; it fits as it is with "
     'layout = "out_in"'),
    ("3×4", {"layout": "in_out", "units": 2},
     "a row is a unit it comes from, a column a unit it goes to; `units` may be left out"),
    ("7×5", {"layout": "in_out"}, "a row is a unit it comes from, a column a unit it goes to"),
]  # fmt: skip


@pytest.mark.parametrize(("size", "said", "hint"), MISFITS)
def test_weights_that_do_not_fit_are_refused_with_what_may_be_meant(size: str, said: dict[str, Any], hint: str) -> None:
    rows, columns = map(int, size.split("×"))
    with pytest.raises(Problem) as wrong:
        model([{"type": "dense", "weights": [[1] * columns] * rows, **said}], x=[1, 2])
    assert wrong.value.message.startswith(f"layers[0].weights: `W1` is {size}, must be ")
    assert (wrong.value.code, wrong.value.hint) == ("shape", hint)


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ({"layout": "inout"}, "layers[0].layout: `inout` is not known", "did you mean `in_out`? known: `out_in`"),
        ({"bias": "folded_lst"}, "layers[0].bias: `folded_lst` is not known", "did you mean `folded_last`? known: "),
        ({"sign": "minus"}, "layers[0].sign: is that of a bias of its own", "write bias = { name"),
        ({"bias": {"values": 1}, "sign": "-"}, "layers[0].sign: `-` is not known", "known: `plus` or `minus`"),
        ({"layout": "in_out", "bias": {"values": [1, 2]}}, "layers[0].bias: `b1` has 2 values, must have 3: `W1` has "
         "3 columns", "one number per unit"),
        ({"layout": "in_out", "units": 3, "weights": [1, 2]}, "layers[0].weights: `W1` is a list of 2 values, must be "
         "3×3: `x` has 2 values, the folded intercept adds 1, `units` is 3", "write one list per unit it comes from"),
    ],
)  # fmt: skip
def test_words_that_are_not_known_are_refused(said: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(Problem) as wrong:
        model([{"type": "dense", "weights": [[1] * 3] * 2, **said}], x=[1, 2])
    assert (re.sub(r" \(line \d+\)", "", wrong.value.message), (wrong.value.hint or "")[: len(hint)]) == (message, hint)


@pytest.mark.parametrize("examples", ["columns", "rows"])
@pytest.mark.parametrize(("layout", "bias"), WRITTEN)
def test_a_picture_has_the_same_edges(
    layout: str, bias: str, examples: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = {"input": {"name": "x", "values": X.tolist()}, "layers": [layer(layout, bias)],
            "conventions": {"examples": examples}}  # fmt: skip
    net = tmp_path / "net.json"
    net.write_text(json.dumps(spec), "utf-8")
    assert run(["graph", str(net), "--kind", "network", "--intercepts", "--format", "text", "--ascii"]) == 0
    edges = capsys.readouterr().out.replace(".0)", ")").splitlines()[-3:]
    ones = ["", "", ""] if bias == "none" else ["1 (2), ", "1 (0.25), ", "1 (0.5), "]
    assert [edge.split(" <- ")[1] for edge in edges] == [
        f"{ones[0]}x[1] (1), x[2] (0.5)", f"{ones[1]}x[1] (2), x[2] (-1)", f"{ones[2]}x[1] (-1), x[2] (1.5)"
    ]  # fmt: skip
