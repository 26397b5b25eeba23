"""The pictures of `nncalc graph`, as the real Graphviz lays them out: nothing lies on anything else."""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import time
from itertools import chain
from pathlib import Path
from xml.etree import ElementTree

import pytest
from drawn import Area, Edge, Layout, drawn, faults, layout

from nncalc.cli import graphviz
from nncalc.cli.app import run
from nncalc.cli.streams import model_of
from nncalc.graph.calculus import gradient_of
from nncalc.language.formula import Formula, Name, call, names_in, total
from nncalc.problems import Problem
from nncalc.sheet.picture import Wish, picture, solve
from nncalc.sheet.sources import scalar_source, vector_source

ROOT = Path(__file__).parent.parent
RECITATION = str(ROOT / "configs" / "recitation.toml")
SVG = "{http://www.w3.org/2000/svg}"

SOFTMAX = """
[input]
name = "x"
values = [0.5, -1]
[[layers]]
type = "dense"
activation = "sigmoid"
weights = { name = "W1", values = [[0.1, 0.2], [-0.5, 0.6], [0.3, -0.7]] }
bias = { name = "b1", values = [0.1, -0.2, 0.3] }
[[layers]]
type = "dense"
activation = "softmax"
weights = { name = "W2", values = [[0, 1, -1], [0.1, 0, 1]] }
bias = { name = "b2", values = [0, 0.5] }
[loss]
type = "cross_entropy"
target = 1
"""
BATCH = SOFTMAX.replace("values = [0.5, -1]", "values = [[0.5, -1], [1, 2], [0, 3]]").replace(
    "target = 1", "target = [1, 0, 1]"
)
DEEP = (
    '[input]\nname = "x"\nvalues = [1, 2, -1]\n'
    + "".join(
        f'[[layers]]\ntype = "dense"\nactivation = "tanh"\n'
        f'weights = {{ name = "W{count}", values = {[[0.5, -0.25, 0.125][: 3 if count == 1 else 2]] * 2} }}\n'
        f'bias = {{ name = "b{count}", values = [0.1, -0.2] }}\n'
        for count in range(1, 7)
    )
    + '[loss]\ntype = "squared_error"\ntarget = [1, 0]\n'
)
SHARED = ["-e", "sin(x*y)/z + exp(x*z)/(x*y)", "x=1", "y=2", "z=3"]
#: A network in numbers, as many textbooks have it.
NUMBERS = """
[inputs]
i1 = 0.05
i2 = 0.1
[targets]
t1 = 0.01
t2 = 0.99
[parameters]
w1 = 0.15
w2 = 0.2
w3 = 0.25
w4 = 0.3
w5 = 0.4
w6 = 0.45
w7 = 0.5
w8 = 0.55
b1 = 0.35
b2 = 0.6
[equations]
h1 = "sigmoid(w1*i1 + w2*i2 + b1)"
h2 = "sigmoid(w3*i1 + w4*i2 + b1)"
o1 = "sigmoid(w5*h1 + w6*h2 + b2)"
o2 = "sigmoid(w7*h1 + w8*h2 + b2)"
E = "(t1 - o1)^2/2 + (t2 - o2)^2/2"
"""
SPECS = {"softmax": SOFTMAX, "batch": BATCH, "deep": DEEP, "numbers": NUMBERS}


@pytest.fixture
def spec(tmp_path: Path) -> dict[str, list[str]]:
    """Return the words that name each network or formula."""
    for name, text in SPECS.items():
        (tmp_path / f"{name}.toml").write_text(text)
    named = {name: [str(tmp_path / f"{name}.toml")] for name in SPECS}
    return {"recitation": [RECITATION], "shared": SHARED, **named}


def graph(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["graph", *args]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ["recitation", "softmax", "batch", "deep", "shared", "numbers"])
@pytest.mark.parametrize(
    "options",
    [[], ["--values", "--gradients"], ["--backward"], ["--backward", "--values", "--gradients"], ["--split"]],
    ids=" ".join,
)
def test_boxes_and_texts_keep_clear_of_each_other(
    name: str, options: list[str], spec: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(layout(graph(capsys, *spec[name], *options))) == []


@pytest.mark.parametrize("name", ["recitation", "softmax", "shared", "batch"])
@pytest.mark.parametrize("options", [[], ["--values", "--gradients"], ["--backward", "--gradients"]], ids=" ".join)
def test_boxes_of_entries_keep_clear_of_each_other(
    name: str, options: list[str], spec: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(layout(graph(capsys, *spec[name], "--level", "scalar", *options))) == []


@pytest.mark.parametrize("name", ["recitation", "softmax", "batch", "deep", "numbers"])
@pytest.mark.parametrize("options", [[], ["--intercepts"], ["--intercepts", "--values", "--gradients"]], ids=" ".join)
def test_the_weights_of_a_network_keep_clear_of_each_other(
    name: str, options: list[str], spec: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(layout(graph(capsys, *spec[name], "--kind", "network", *options))) == []


@pytest.mark.parametrize("name", ["recitation", "softmax", "batch", "deep"])
@pytest.mark.parametrize("options", [[], ["--backward", "--gradients"]], ids=" ".join)
def test_the_chain_is_one_straight_line_with_weights_below_and_intercepts_above(
    name: str, options: list[str], spec: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    found = layout(graph(capsys, *spec[name], *options))
    beside = [
        box for what, box in found.boxes.items() if (what[0] in "Wb" and what[1:]) or what in ("alpha", "beta", "y")
    ]
    chain = [box for box in found.boxes.values() if box not in beside]
    heights = {round(box.middle[1]) for box in chain}
    assert len(heights) == 1
    assert len(chain) == (5 if name == "recitation" else 14 if name == "deep" else 6)
    assert [box.middle[0] for box in chain] == sorted(box.middle[0] for box in chain)
    for box in beside:
        above = box.what.startswith("b") and box.what != "beta"
        assert (box.middle[1] > chain[0].middle[1] + 10) is above


def test_units_of_a_layer_stand_in_a_column_their_intercept_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, RECITATION, "--level", "scalar"))
    for base in "xz":
        column = [found.boxes[f"{base}[{place}]"].middle for place in range(3)]
        assert len({x for x, _ in column}) == 1
        assert [y for _, y in column] == sorted((y for _, y in column), reverse=True)


def test_the_recitation_has_one_operation_a_box_and_shapes_under_its_parameters(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = layout(graph(capsys, RECITATION)).texts
    lines = {what: [text.what.partition(": ")[2] for text in texts] for what, texts in found.items()}
    assert lines["alpha"] == ["α", "2×3"]
    assert lines["beta"] == ["β", "1×3"]
    assert lines["a"] == ["a = α x̂", "2×1"]
    assert lines["z"] == ["z = ReLU(a)", "2×1"]
    assert lines["yhat"] == ["ŷ = β ẑ"]


def test_a_matrix_is_a_table_and_a_gradient_is_in_italics(capsys: pytest.CaptureFixture[str]) -> None:
    picture = ElementTree.fromstring(drawn(graph(capsys, RECITATION, "--values", "--gradients")))
    texts = {
        node.findtext(f"{SVG}title"): [(text.text, text.get("font-style")) for text in node.iter(f"{SVG}text")]
        for node in picture.iter(f"{SVG}g")
    }
    assert texts["alpha"][:3] == [("α", None), ("2×3", None), ("=", None)]
    assert [text for text, style in texts["alpha"] if style is None][3:] == ["2", "1", "0", "0", "2", "0"]
    italics = [text for text, style in texts["alpha"] if style == "italic"]
    assert italics == ["∂ℓ/∂α =", "4", "4", "8", "8", "8", "16"]


def test_a_blank_box_has_room_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, RECITATION, "--blank", "a", "--values"))
    assert [text.what for text in found.texts["a"]] == ["a: a"]
    assert found.boxes["a"].top - found.boxes["a"].bottom > 50


def test_the_backward_pass_has_the_local_derivative_on_each_edge(capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, RECITATION, "--backward", "--level", "scalar")
    labels = {(e.start, e.end): [each.what.partition(": ")[2] for each in e.labels] for e in layout(text).edges}
    assert labels["loss", "yhat"] == ["ŷ − y"]
    assert labels["yhat", "z[1]"] == ["β₁"]
    assert labels["yhat", "beta[1]"] == ["z₁"]
    assert labels["z[1]", "a[1]"] == ["1[a₁ > 0]"]
    assert labels["a[1]", "alpha[1,2]"] == ["x₂"]
    assert ("loss", "y") not in labels
    assert not any(end in ("x[0]", "z[0]") for _, end in labels)


def test_in_vectors_an_edge_carries_its_part_of_the_gradient(capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, RECITATION, "--backward", "--format", "text")
    assert "∂ℓ/∂β  1×3               ← ∂ℓ/∂ŷ (∂ℓ/∂ŷ ẑᵀ)" in text
    assert "∂ℓ/∂a  2×1               ← ∂ℓ/∂z (∂ℓ/∂z ⊙ 1[a > 0])" in text


def test_what_lies_on_something_else_is_a_fault() -> None:
    head = 'digraph { rankdir=LR; splines=line; edge [labelangle=0, headlabel="0.123456"] '
    assert any("text a c" in fault for fault in faults(layout(head + "a -> c; b -> c; nodesep=0.02 }")))
    boxes = {what: Area(what, left, 0, left + 50, 20) for what, left in (("a", 0), ("b", 100), ("c", 200))}
    line = Edge("a", "c", tuple((x, 10.0) for x in range(50, 201, 10)), ())
    assert faults(Layout(boxes, (line,), {what: (box,) for what, box in boxes.items()})) == ["a -> c goes through b"]


@pytest.mark.parametrize("name", ["recitation", "softmax", "batch", "deep", "shared", "numbers"])
@pytest.mark.parametrize("scalar", [False, True])
def test_what_stands_on_the_arrows_adds_up_to_the_gradients(
    name: str, scalar: bool, spec: dict[str, list[str]]
) -> None:
    words = spec[name]
    model = model_of([each for each in words if each not in SHARED[:2]], SHARED[1:2] if name == "shared" else [], [])
    wish = Wish(scalar=scalar, gradients=True, backward=True)
    solved, found = solve(model, wish), picture(model, wish)
    assert solved is not None
    assert model.output is not None
    source = (scalar_source if scalar else vector_source)(solved)
    local = scalar or name in ("shared", "numbers")
    sums: dict[Name, list[Formula]] = {}
    for arrow in found.arrows:
        assert arrow.label is not None
        arrived = call("mul", gradient_of(arrow.start, model.output), arrow.label) if local else arrow.label
        sums.setdefault(arrow.end, []).append(arrow.label if arrow.start is model.output else arrived)
    assert len(sums) == len(found.boxes) - 1
    for end, terms in sums.items():
        values = {used: source.numbers(used).rows for used in names_in(total(terms))}
        rows = source.compute(total(terms), values)
        wanted = source.numbers(gradient_of(end, model.output)).rows
        assert rows is not None
        assert [*chain(*rows)] == pytest.approx([*chain(*wanted)], rel=1e-9, abs=1e-12), end


def test_a_softmax_that_rounds_to_nothing_is_drawn_together_with_its_loss(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SOFTMAX.replace("[0, 1, -1], [0.1, 0, 1]", "[3000, 3000, 3000], [0, 0, 0]")
    (tmp_path / "net.toml").write_text(text)
    found = json.loads(graph(capsys, str(tmp_path / "net.toml"), "--backward", "--gradients", "--format", "json"))
    facts = {node["id"]: node["facts"] for node in found["nodes"]}
    assert facts["b"] == ["2×1", "≈ [1; −1]"]
    assert facts["yhat"] == ["2×1"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[input]\nname = "x"\nvalues = 1\n[[layers]]\ntype = "activation"\nactivation = "relu"\n', "there is no loss"),
        ('inputs = { x = [1, 2] }\nequations = { f = "2*x" }', "only a number can be differentiated, `f` is 2×1"),
    ],
)
def test_a_backward_pass_begins_at_a_number(
    text: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.toml").write_text(text)
    assert run(["graph", str(tmp_path / "net.toml"), "--backward"]) == 2
    assert capsys.readouterr().err.startswith(f"error: {said}")


def test_targets_stand_together_where_there_are_many(capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, str(ROOT / "configs" / "xor.toml"), "--level", "scalar"))
    assert len({found.boxes[f"y[{place}]"].middle[0] for place in range(1, 5)}) == 1


def test_more_boxes_than_anyone_looks_at_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", wide(tmp_path, 1, 72), "--level", "scalar"]) == 2
    assert "boxes, at most 5,000 are drawn\nhint: --level vector" in capsys.readouterr().err


def test_large_matrices_are_cut_and_long_numbers_rounded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, wide(tmp_path, 1, 9), "--values")
    assert "⋮" in text
    assert "quantities of many entries are cut in the middle; --full shows all" in text
    assert max(len(each) for each in re.findall(r">−?(\d*\.\d+)<", text)) <= 10
    assert "⋮" not in graph(capsys, wide(tmp_path, 1, 9), "--values", "--full")


def test_a_stated_value_is_said_to_be_one(capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, RECITATION, "--values", "--state", "z=0,1", "--state", "yhat=5"))
    assert [text.what for text in found.texts["z"]][-2:] == ["z: 1", "z: (stated)"]
    assert [text.what for text in found.texts["yhat"]] == ["yhat: ŷ = β ẑ", "yhat: = 5 (stated)"]


# -- the network diagram ------------------------------------------------------------------------------


def edges(found: Layout) -> dict[tuple[str, str], str]:
    return {(e.start, e.end): "".join(each.what.partition(": ")[2] for each in e.labels) for e in found.edges}


@pytest.mark.parametrize("file", ["recitation.toml", "recitation.json", "recitation-equations.toml"])
def test_a_network_is_a_circle_a_unit_and_an_edge_a_weight(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, str(ROOT / "configs" / file), "--kind", "network"))
    assert edges(found) == {
        ("x[1]", "z[1]"): "1", ("x[2]", "z[1]"): "0", ("x[1]", "z[2]"): "2", ("x[2]", "z[2]"): "0",
        ("z[1]", "yhat"): "1", ("z[2]", "yhat"): "2",
    }  # fmt: skip
    assert all(box.round for box in found.boxes.values())
    assert list(found.boxes) == ["x[1]", "x[2]", "z[1]", "z[2]", "yhat"]


def test_intercepts_come_from_a_one_in_the_column_before(capsys: pytest.CaptureFixture[str]) -> None:
    found = layout(graph(capsys, RECITATION, "--kind", "network", "--intercepts"))
    ones = {ends: text for ends, text in edges(found).items() if ends[0].endswith("[0]")}
    assert ones == {("x[0]", "z[1]"): "2", ("x[0]", "z[2]"): "0", ("z[0]", "yhat"): "0"}
    assert found.texts["x[0]"][0].what == "x[0]: 1"


#: What is no layers spec, and the edges that it has all the same.
OTHERS = {
    "numbers": (NUMBERS, {("i1", "h1"): "0.15", ("i2", "h2"): "0.3", ("h2", "o1"): "0.45", ("i1[0]", "h2"): "0.35"}),
    "an example a row, a sum in two lines": (
        """
        inputs = { X = [[1, 2], [3, 4], [5, 6]] }
        targets = { Y = [[1], [0], [1]] }
        parameters = { W1 = [[1, -1, 2], [0, 1, 3]], b1 = [0.5, 0.25, 0], W2 = [[1], [2], [3]] }
        [equations]
        s = "X*W1"
        A = "s + ones(3)*b1'"
        Z = "tanh(A)"
        P = "Z*W2"
        loss = "squared_error(P, Y)/3"
        """,
        {("X[1]", "Z[2]"): "−1", ("X[2]", "Z[3]"): "3", ("X[0]", "Z[2]"): "0.25", ("Z[3]", "P"): "3"},
    ),
    "thresholds, a transposed weight, a penalty": (
        """
        inputs = { x = [1, 2] }
        targets = { y = 1 }
        parameters = { W = [[1, -1], [0, 1]], t = [0.5, 0.25], v = [3, 4] }
        [equations]
        z = "relu(W*x - t)"
        p = "v'*z"
        loss = "(p - y)^2 + 0.1*norm2(W)^2"
        """,
        {("x[2]", "z[1]"): "−1", ("x[0]", "z[1]"): "−0.5", ("z[1]", "p"): "3", ("z[2]", "p"): "4"},
    ),
    "a weight for a whole vector": (
        """
        inputs = { x = [1, 2] }
        parameters = { w = 3 }
        equations = { z = "relu(w*x)", loss = "sum(z)" }
        """,
        {("x[1]", "z[1]"): "3", ("x[2]", "z[2]"): "3"},
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_layers_are_found_in_equations(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, wanted = OTHERS[name]
    (tmp_path / "net.toml").write_text(text)
    found = edges(layout(graph(capsys, str(tmp_path / "net.toml"), "--kind", "network", "--intercepts")))
    assert {ends: found.get(ends) for ends in wanted} == wanted


def test_values_of_a_batch_are_those_of_its_first_example(
    spec: dict[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    text = graph(capsys, *spec["batch"], "--kind", "network", "--values", "--format", "text")
    assert "x₁  = 0.5" in text
    assert text.endswith("note: the numbers are those of the first example\n")


NO_NETWORKS = {
    "no parameter": ('inputs = { x = 1 }\nequations = { f = "x^2" }', "none of its names is a parameter"),
    "no product": ('parameters = { w = 1 }\nequations = { f = "w^2" }', "no parameter multiplies an input"),
    "products of parameters, and of numbers": (
        'inputs = { x = 1 }\nparameters = { w = 1, v = 2 }\nequations = { f = "2*x + w*v" }',
        "no parameter multiplies an input",
    ),
    "something between": (
        'inputs = { x = [1, 2] }\nparameters = { W = [[1, 1], [0, 1]], v = [[1, 1]] }\n'
        '[equations]\nh = "W*x"\nn = "h ./ norm2(h)"\np = "v*n"',
        "`n` is neither W*x + b nor an activation of one",
    ),
    "steps of a sequence": (
        'inputs = { x = [[1, 2], [3, 4]] }\nparameters = { U = [[1, 2]] }\n'
        """equations = { a = "U*x[1,:]'", b = "U*x[2,:]' + a" }""",
        "`x[1,:]'` is one step of a sequence, which passes through the same weights as the others",
    ),
    "a matrix times a number": (
        'inputs = { x = 2 }\nparameters = { W = [[1, 2], [3, 4]] }\nequations = { h = "W*x", f = "sum(h)" }',
        "`W` is 2×2, between 1 and 2 units",
    ),
}  # fmt: skip


@pytest.mark.parametrize("examples", ["columns", "rows"])
@pytest.mark.parametrize(
    ("activation", "edges", "says"),
    [
        ('{ type = "maxout", pieces = 3 }', "a1z1 a3z1 a5z1 a2z2 a4z2 a6z2", "maxout of 3 of b"),
        ('"glu"', "a1z1 a4z1 a2z2 a5z2 a3z3 a6z3", "glu of 2 of b"),
    ],
)
def test_an_activation_of_several_units_has_edges_without_weights(
    activation: str, edges: str, says: str, examples: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.toml").write_text(
        '[input]\nname = "x"\nvalues = [1, 2]\n'
        f'[[layers]]\ntype = "dense"\nactivation = {activation}\n'
        "weights = [[1, 1, 2], [0, 3, 4], [0, 5, 6], [0, 7, 8], [0, 9, 1], [0, 1, 1]]\n"
        '[loss]\ntype = "squared_error"\n'
        f"target = {[1] * (3 if 'glu' in activation else 2)}\n"
    )
    words = ["graph", str(tmp_path / "net.toml"), "--kind", "network", "--convention", f"examples={examples}"]
    assert run(words) == 0
    drawn = capsys.readouterr().out.replace("yhat", "z")
    plain = re.findall(r'"b\[(\d)\]" -> "z\[(\d)\]"$', drawn, re.MULTILINE)
    assert sorted(f"a{start}z{end}" for start, end in plain) == sorted(edges.split())
    assert f"is {says}, without weights" in drawn


@pytest.mark.parametrize("name", NO_NETWORKS)
def test_what_is_no_network_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text, why = NO_NETWORKS[name]
    (tmp_path / "net.toml").write_text(text)
    assert run(["graph", str(tmp_path / "net.toml"), "--kind", "network"]) == 2
    assert capsys.readouterr().err.startswith(f"error: this is no network of layers: {why}\nhint: ")


def wide(tmp_path: Path, layers: int, units: int) -> str:
    """Return the path of a network of so many layers with so many units each."""
    text = f'[input]\nname = "x"\nvalues = {[1] * units}\n' + "".join(
        f'[[layers]]\ntype = "dense"\nunits = {units}\nactivation = "tanh"\nbias = "none"\n'
        f'weights = {{ name = "W{place}", shape = [{units}, {units}], init = "uniform", low = -1, high = 1, seed = 3 }}'
        "\n"
        for place in range(layers)
    )
    path = tmp_path / "wide.toml"
    path.write_text(f'{text}[loss]\ntype = "squared_error"\ntarget = {[0] * units}\n')
    return str(path)


def test_wide_and_deep_networks_are_cut_in_the_middle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, wide(tmp_path, 12, 30), "--kind", "network")
    found = layout(text)
    assert "7 layers in the middle are left out" in text
    assert "has 30 units, 6 of which are drawn" in text
    assert text.count('label="⋮"') == 6
    assert text.count('label="⋯"') == 1
    assert "style=dashed" in text
    assert set(edges(found).values()) == {""}
    middle = found.boxes["..."].middle[0]
    assert found.boxes["z2[1]"].right < middle < found.boxes["z11[1]"].left


def test_forty_edges_have_numbers_and_more_have_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "penwidth" not in graph(capsys, wide(tmp_path, 1, 6), "--kind", "network")
    assert "headlabel" not in graph(capsys, wide(tmp_path, 1, 7), "--kind", "network")


def test_a_blank_parameter_leaves_its_weights_out(capsys: pytest.CaptureFixture[str]) -> None:
    found = edges(layout(graph(capsys, RECITATION, "--kind", "network", "--blank", "alpha")))
    assert {text for (start, _), text in found.items() if start.startswith("x")} == {""}
    assert found["z[2]", "yhat"] == "2"


# -- files --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ending", "start"), [("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_a_picture_is_drawn_into_a_file(ending: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"net.{ending}"
    assert run(["graph", RECITATION, "-o", str(path)]) == 0
    first = path.read_bytes()
    assert first.startswith(start)
    time.sleep(1.1 if ending == "pdf" else 0)  # a PDF says in which second it was drawn
    assert run(["graph", RECITATION, "-o", str(path)]) == 0
    assert path.read_bytes() == first


@pytest.mark.parametrize(
    ("ending", "start"),
    [("dot", "digraph {"), ("gv", "digraph {"), ("mmd", "flowchart LR\n"), ("md", "```mermaid\nflowchart LR\n"),
     ("txt", "x  2×1\n"), ("json", '{"nncalc": 1')],
)  # fmt: skip
def test_the_ending_of_a_file_says_what_it_is(ending: str, start: str, tmp_path: Path) -> None:
    path = tmp_path / f"net.{ending}"
    assert run(["graph", RECITATION, "-o", str(path)]) == 0
    assert path.read_text().startswith(start)


@pytest.mark.parametrize("form", [(), ("--format", "dot")])
def test_an_ending_that_is_no_form_of_a_graph_is_refused(
    form: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "g.xyz"
    assert run(["graph", "configs/recitation.toml", *form, "-o", str(out)]) == 2
    assert "`g.xyz` ends in no form that is written here" in capsys.readouterr().err
    assert not out.exists()


def test_an_ending_and_a_format_that_contradict_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", RECITATION, "--format", "mermaid", "-o", "net.svg"]) == 2
    assert "--format mermaid and the ending of `net.svg` contradict each other" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kind", "network", "--backward"], "--backward is of a computation graph"),
        (["--kind", "network", "--level", "scalar"], "--level scalar is of a computation graph"),
        (["--kind", "network", "--blank", "z"], "--blank z: of a network only weights are left out"),
        (["--intercepts"], "--intercepts is of a network diagram"),
        (["--kind", "tree"], "--kind is one of computation, network"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["graph", RECITATION, *options]) == 2
    assert said in capsys.readouterr().err


def program(folder: Path, text: str) -> None:
    """Put a `dot` of our own where it is looked for first."""
    path = folder / "dot"
    path.write_text(f"#!{sys.executable}\n{text}")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_without_graphviz_it_is_said_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["graph", RECITATION, "-o", str(tmp_path / "net.svg")]) == 2
    said = capsys.readouterr().err
    assert all(word in said for word in ("apt install graphviz", "brew install graphviz", "winget install Graphviz"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import sys; sys.stderr.write('Error: no memory\\nmore'); sys.exit(1)", "Graphviz failed: Error: no memory\n"),
        ("import sys; sys.exit(3)", "Graphviz failed: exit status 3\n"),
        ("", "Graphviz failed: exit status 0\n"),
    ],
)
def test_a_dot_that_fails_leaves_the_file_as_it_was(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, text)
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "net.svg").write_text("before")
    assert run(["graph", RECITATION, "-o", str(tmp_path / "net.svg")]) == 2
    assert said in capsys.readouterr().err
    assert (tmp_path / "net.svg").read_text() == "before"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["dot", "net.svg"]


def test_a_dot_that_warns_draws_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    program(tmp_path, "import sys; sys.stderr.write('Warning: no fonts'); print('a picture')")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["graph", RECITATION, "-o", str(tmp_path / "net.svg")]) == 0
    assert capsys.readouterr().err == "nncalc: Graphviz: Warning: no fonts\n"
    assert (tmp_path / "net.svg").read_text() == "a picture\n"


def test_a_slow_dot_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "import time; time.sleep(60)")
    monkeypatch.setenv("PATH", str(tmp_path))
    started = time.monotonic()
    with pytest.raises(Problem, match=r"did not finish the picture within 0.3 seconds"):
        graphviz.drawn("digraph {}", "svg", 0.3)
    assert time.monotonic() - started < 10


def test_a_dot_that_cannot_be_run_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "")
    (tmp_path / "dot").write_text("#!/nowhere/at/all\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Problem, match="Graphviz cannot be run: no such file or directory"):
        graphviz.drawn("digraph {}", "svg")


def test_a_folder_that_is_not_there_is_said_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", os.devnull)
    assert run(["graph", RECITATION, "-o", str(tmp_path / "none" / "net.svg")]) == 2
    assert "no such file or directory" in capsys.readouterr().err


def test_a_gradient_that_is_of_two_in_one_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    spec = str(ROOT / "configs" / "softmax-classifier.toml")
    assert run(["graph", spec, "--gradients", "--format", "text"]) == 0
    assert "note: ∂ℓ/∂b: cross_entropy and softmax in one" in capsys.readouterr().out
