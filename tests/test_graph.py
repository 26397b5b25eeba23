"""Drawings: safe, the same every time, and drawn by the real Graphviz."""

from __future__ import annotations

import html
import json
import math
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from drawn import drawn
from hypothesis import given
from hypothesis import strategies as st

from nncalc.cli.app import run
from nncalc.graph.drawing import Box, Drawing, Fact
from nncalc.language.formula import Formula, call, name, num
from nncalc.language.printer import PAPER
from nncalc.render.dot import label, quoted, render
from nncalc.render.sheets import sheets

ROOT = Path(__file__).parent.parent
SPECS = sorted((ROOT / "configs").iterdir())


def graph(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert run(["graph", *args]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.name)
@pytest.mark.parametrize(
    "options", [[], ["--values", "--gradients"], ["--level", "scalar"], ["--split"], ["--ascii"]], ids=" ".join
)
def test_graphviz_draws_every_example(spec: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    picture = drawn(graph(capsys, str(spec), *options))
    assert "<svg" in picture


def test_the_network_of_the_recitation_has_a_box_for_each_quantity(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(graph(capsys, str(ROOT / "configs" / "recitation.toml"), "--format", "json"))
    assert [(node["id"], node["kind"]) for node in found["nodes"]] == [
        ("x", "input"), ("alpha", "parameter"), ("beta", "parameter"), ("y", "target"),
        ("a", "computed"), ("z", "computed"), ("yhat", "computed"), ("loss", "computed"),
    ]  # fmt: skip
    assert {(edge["from"], edge["to"]) for edge in found["edges"]} == {
        ("alpha", "a"), ("x", "a"), ("a", "z"), ("beta", "yhat"), ("z", "yhat"), ("yhat", "loss"), ("y", "loss"),
    }  # fmt: skip
    assert found["nodes"][1]["facts"] == ["2×3"]


def test_a_shared_part_is_one_box(capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, "-e", "sin(x*y)/z + exp(x*z)/(x*y)")
    assert text.count("x · y") == 1
    assert text.count(" -> ") == 12


def test_parameters_stand_below_and_the_chain_runs_right(capsys: pytest.CaptureFixture[str]) -> None:
    text = drawn(graph(capsys, str(ROOT / "configs" / "recitation.toml")), "plain")
    at = {
        line.split()[1].strip('"'): tuple(map(float, line.split()[2:4]))
        for line in text.splitlines()
        if line.startswith("node")
    }
    chain = [at[word][0] for word in ("x", "a", "z", "yhat", "loss")]
    assert chain == sorted(chain)
    assert at["alpha"][0] == at["a"][0]
    assert at["alpha"][1] < at["a"][1]


def test_values_gradients_and_blanks_are_written_into_boxes(capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, str(ROOT / "configs" / "recitation.toml"), "--values", "--gradients", "--blank", "z")
    assert 'label=<ŷ = β ẑ<BR/>= 7<BR/><FONT COLOR="#1f4e9e"><I>∂ℓ/∂ŷ = 4</I></FONT>>' in text
    assert "<TR><TD>z</TD></TR>" in text


@given(st.text(max_size=30))
def test_any_text_is_a_label_and_nothing_else(text: str) -> None:
    string = quoted(text)
    assert string.startswith('"')
    assert string.endswith('"')
    inside = string[1:-1].replace("\\\\", "").replace('\\"', "").replace("\\n", "")
    assert '"' not in inside
    assert "\\" not in inside
    assert "\n" not in inside


@pytest.mark.parametrize(
    "text", ['a"b', "a\\", "\\N", "\\G", '"];evil[label="x', "<b>x</b>", "a->b", "&lt;", "x\ny", "{|}"]
)
def test_graphviz_shows_a_hostile_label_as_it_is(text: str) -> None:
    picture = ElementTree.fromstring(drawn(f"digraph {{ a [label={label(text)}] }}"))
    shown = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert shown == text.split("\n")


@pytest.mark.parametrize(
    "text", ['a"b', "a\\", "\\N", ">]; evil", "<b>x</b>", "a->b", "&lt;", "<!-- x", "{|}", "é 日本 ŷ", "]]>"]
)
@pytest.mark.parametrize("value", [num(1), call("column", num(1), num(2))], ids=["number", "column"])
def test_a_hostile_name_of_a_box_is_shown_as_it_is(text: str, value: Formula) -> None:
    box = Box(name("x"), "input", None, (Fact("value", value), Fact("gradient", value)), text=text)
    picture = ElementTree.fromstring(drawn(render(Drawing((box,), ()), PAPER)))
    shown = [each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert shown[0] == text


@pytest.mark.parametrize(
    "options", [[], ["--values", "--gradients"], ["--backward"], ["--kind", "network"]], ids=" ".join
)
def test_names_that_are_words_of_dot_or_of_other_alphabets_are_drawn(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "net.toml").write_text(
        'inputs = { graph = [1, 2] }\ntargets = { "日本" = 1 }\nparameters = { node = [[1, 2]], "straße" = 3 }\n'
        '[equations]\nsubgraph = "node*graph + straße"\nend = "relu(subgraph)"\nstrict = "(end - 日本)^2"\n'
    )
    picture = drawn(graph(capsys, str(tmp_path / "net.toml"), *options))
    assert "graph" in picture
    assert "end" in picture


def test_mermaid_and_text_have_the_same_boxes(capsys: pytest.CaptureFixture[str]) -> None:
    mermaid = graph(capsys, "-e", "f = x*y + y", "--format", "mermaid")
    text = graph(capsys, "-e", "f = x*y + y", "--format", "text")
    assert mermaid.startswith("flowchart LR\n")
    assert mermaid.count("-->") == 4
    assert [line.split("  ")[0] for line in text.splitlines()] == ["x", "y", "u₁ = x · y", "f = u₁ + y"]


def test_more_arrows_than_mermaid_draws_unasked_are_remarked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "configs/transformer.toml", "--level", "scalar", "--format", "mermaid"]) == 0
    assert "Mermaid draws 500 arrows where nobody sets `maxEdges`, and these are " in capsys.readouterr().err
    assert run(["graph", "configs/transformer.toml", "--format", "mermaid"]) == 0
    assert not capsys.readouterr().err


def test_a_network_of_pictures_is_sheets_and_units(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["convolution", "--kind", "network"]
    found = json.loads(graph(capsys, *words, "--values", "--format", "json"))
    pictures = [(node["id"], node["channels"], node["shape"]) for node in found["nodes"] if node["kind"] == "pictures"]
    assert pictures == [("x", ["x"], [5, 5]), ("Z1", ["Z1", "Z2"], [4, 4]), ("P1", ["P1", "P2"], [2, 2])]
    said = [edge["words"] for edge in found["edges"] if "words" in edge]
    assert said == ["conv2d K1, K2: 2x2, relu", "max_pool2d"]
    assert run(["forward", "convolution", "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)["values"]
    units = [node["value"] for node in found["nodes"] if node["kind"] == "unit"]
    assert units == [*page["f"], *page["yhat"]]
    assert [edge["to"] for edge in found["edges"] if edge["from"] == "P1"] == [f"f[{place}]" for place in range(1, 9)]
    assert drawn(graph(capsys, *words))


def test_sheets_are_drawn_where_they_are_seen() -> None:
    """Of two sheets the foremost has four sides; of the other one sees the top and the right, and two short ends."""
    table = ElementTree.fromstring(sheets(2, 4, 8, 8))
    sides = [[cell.get("SIDES", "") for cell in row] for row in table]
    assert [["".join(sorted(each)) for each in row] for row in sides] == [
        ["", "LT", "RT"], ["LT", "RT", "BR"], ["BL", "BR", ""],
    ]  # fmt: skip
    widths = [int(cell.get("WIDTH", "")) for cell in table[0]]
    heights = [int(row[0].get("HEIGHT", "")) for row in table]
    assert (sum(widths[:2]), sum(heights[1:])) == (90, 45)


PICTURES = """
[input]
name = "x"
kind = "image"
values = [[[[1, 2, 0], [0, 1, 3], [2, 1, 1]], [[1, 0, 0], [0, 1, 1], [2, 2, 1]]],
  [[[0, 2, 0], [1, 1, 3], [2, 1, 0]], [[1, 0, 1], [0, 1, 0], [0, 2, 1]]]]
[[layers]]
type = "conv2d"
kernels = { shape = [5, 2, 2, 2], init = "uniform", low = -1, high = 1, seed = 2 }
activation = "relu"
"""
POOLED = '[[layers]]\ntype = "global_avg_pool"\n'
DENSE = '[[layers]]\ntype = "dense"\nweights = { values = [[1, -1, 0.5, 1, 2]] }\nbias = "none"\n'
LOSS = '[loss]\ntype = "squared_error"\ntarget = [1, 2]\n'


def test_a_batch_of_pictures_of_several_channels_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(PICTURES + POOLED + DENSE + LOSS)
    lines = graph(capsys, str(spec), "--kind", "network", "--values", "--format", "text").splitlines()
    assert lines[0] == "x⁽¹⁾, x⁽²⁾  2 of 3×3"
    assert re.sub(" +", " ", lines[1]) == "Z⁽¹⁾ … Z⁽⁵⁾ 5 of 2×2 ← x⁽¹⁾, x⁽²⁾ (conv2d K⁽¹,¹⁾ … K⁽⁵,²⁾: 2×2, relu)"
    assert "ŷ" in lines[7]
    assert lines[-1] == "note: the numbers are those of the first example"
    assert drawn(graph(capsys, str(spec), "--kind", "network"))


@pytest.mark.parametrize(
    ("equations", "of"),
    [
        ('r = "A + x"\nf = "flatten(r)"\nloss = "sum(f)"', "r"),
        ('B = "conv2d(A, K)"\nf = "flatten(A)"\nloss = "sum(f) + sum(flatten(B))"', "f"),
        ('f = "flatten(A)"\nB = "conv2d(A, K)"\nloss = "sum(f) + sum(flatten(B))"', "B"),
        ('P = "max_pool2d(x, size=1)"\nf = "[flatten(A), flatten(P)]"\nloss = "sum(f)"', "P"),
        ('w = "windows(A, 1, 1)"\nloss = "sum(w)"', "w"),
        ('loss = "sum(A)"', "loss"),
    ],
)
def test_what_is_made_of_pictures_otherwise_says_what_draws_it(
    equations: str, of: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(
        f'[inputs]\nx = [[1, 2], [3, 4]]\n[parameters]\nK = [[1]]\n[equations]\nA = "conv2d(x, K)"\n{equations}\n'
    )
    assert run(["graph", str(spec), "--kind", "network"]) == 2
    found = capsys.readouterr().err
    assert f"`{of}` is a picture, or made of one" in found
    assert "--kind computation draws a box for each picture" in found


RNN = """
[input]
kind = "sequence"
values = [[1, 2], [0.5, 3]]

[[layers]]
type = "rnn"
returns = "all"
input_weights = { name = "U", values = [[0.5, -0.2], [0.1, 0.3]] }
hidden_weights = { name = "V", values = [[0.1, 0.4], [-0.3, 0.2]] }

[[layers]]
type = "layer_norm"
output = "N"

[[layers]]
type = "dense"
weights = { name = "W", values = [[1, 2]] }
bias = { name = "b", values = [0.5] }

[loss]
type = "squared_error"
target = [1, 0]
"""


def test_other_layers_than_units_are_a_box_each_and_a_box_a_step(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(RNN, encoding="utf-8")
    found = json.loads(graph(capsys, str(spec), "--kind", "network", "--values", "--format", "json"))
    assert [node["id"] for node in found["nodes"]] == ["x", "h0", "y", "h1", "h2", "H", "N", "yhat", "loss"]
    words = {node["id"]: node["words"] for node in found["nodes"] if node["kind"] == "layer"}
    assert words["h1"] == ["rnn, step 1", "returns = all", "h1: 2x1", "U, V: 2x2"]
    assert words["h2"] == ["rnn, step 2", "h2: 2x1"]
    assert words["yhat"] == ["dense", "yhat: 2x1", "W: 1x2, b"]
    assert found["nodes"][-1]["value"] == json.loads(
        graph(capsys, str(spec), "--values", "--format", "json")
    )["nodes"][-1]["value"]  # fmt: skip
    edges = {(edge["from"], edge["to"]): edge.get("words", "") for edge in found["edges"]}
    assert edges == {
        ("x", "h1"): "U * x[1,:]", ("h0", "h1"): "V", ("x", "h2"): "U * x[2,:]", ("h1", "h2"): "V", ("h1", "H"): "",
        ("h2", "H"): "", ("H", "N"): "", ("N", "yhat"): "W", ("yhat", "loss"): "", ("y", "loss"): "",
    }  # fmt: skip
    picture = graph(capsys, str(spec), "--kind", "network", "--blank", "W")
    assert '"h0" -> "h1" -> "h2" }' in picture
    assert '"N" -> "yhat"\n' in picture
    assert "<svg" in drawn(picture)


def test_of_many_steps_the_first_and_the_last_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    steps = ", ".join(f"[{place}, {place % 3}]" for place in range(12))
    spec.write_text(RNN.replace("[[1, 2], [0.5, 3]]", f"[{steps}]").replace("[1, 0]", str([0] * 12)), encoding="utf-8")
    found = json.loads(graph(capsys, str(spec), "--kind", "network", "--format", "json"))
    names = [node["id"] for node in found["nodes"]]
    assert names[3:10] == ["h1", "h2", "h3", "h1[...]", "h10", "h11", "h12"]
    assert ("h9", "h10") not in {(edge["from"], edge["to"]) for edge in found["edges"]}
    assert found["notes"] == ["6 steps in the middle are left out"]
    assert "<svg" in drawn(graph(capsys, str(spec), "--kind", "network"))


def test_attention_is_no_row_of_units(capsys: pytest.CaptureFixture[str]) -> None:
    text = graph(capsys, "transformer", "--kind", "network", "--format", "text", "--ascii")
    assert "<- X (Wq, Wk, Wv), M" in text
    assert "<- F, N" in text
    assert run(["graph", "transformer", "--kind", "network", "--intercepts"]) == 2
    assert "leave out --intercepts" in capsys.readouterr().err


def test_the_window_of_an_entry_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    picture = graph(capsys, "convolution", "--entry", "A1[1,2]")
    cells = re.findall(r'<TD ALIGN="RIGHT" BGCOLOR="[^"]*">([^<]*)</TD>', drawn_from(picture, "x"))
    assert cells == ["2", "0", "1", "3"]
    assert picture.count("BGCOLOR") == 4 + 4 + 1 + 1
    back = graph(capsys, "convolution", "--entry", "d(loss)/d(K1[1,2])")
    assert drawn_from(back, "x").count("BGCOLOR") == 16
    assert "<BR/>" in back
    pooled = graph(capsys, "convolution", "--entry", "P1[2,2]", "--format", "text")
    assert "max(Z⁽¹⁾₃,₃, Z⁽¹⁾₃,₄, Z⁽¹⁾₄,₃, Z⁽¹⁾₄,₄)  = 1.5" in pooled
    assert drawn(picture)


def drawn_from(dot: str, of: str) -> str:
    """Return the line of DOT that draws a box."""
    return next(line for line in dot.splitlines() if line.startswith(f'  "{of}" ['))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--entry", "A1"], "`A1` has several entries"), (["--entry", "x[1,1]"], "computed from nothing"),
        (["--entry", "A1[9,1]"], "there is no entry `A1[9,1]`"), (["--entry", "q"], "unknown name `q`"),
        (["--entry", "b[1]", "--backward"], "--entry draws one entry"),
    ],
)  # fmt: skip
def test_what_has_no_window_is_named(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["graph", "convolution", *words]) == 2
    assert says in capsys.readouterr().err


def test_a_picture_of_a_built_in_network_is_drawn_again(tmp_path: Path) -> None:
    for _ in range(2):
        assert run(["graph", "xor", "-o", str(tmp_path / "xor.dot")]) == 0
        assert run(["forward", "xor", "-o", str(tmp_path / "xor.json")]) == 0


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.name)
def test_numbers_of_a_graph_are_those_of_the_page(spec: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawn_ = json.loads(graph(capsys, str(spec), "--no-split", "--values", "--gradients", "--format", "json"))
    assert run(["backward", str(spec), "--wrt", ",".join(_leaves(drawn_)), "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    assert {node["id"]: node["value"] for node in drawn_["nodes"]} == page["values"]
    slopes = {node["id"]: node["gradient"] for node in drawn_["nodes"] if "gradient" in node}
    assert slopes.items() >= {of: page["gradients"][of] for of in _leaves(drawn_)}.items()
    for node in drawn_["nodes"]:
        sizes = [text for text in node["facts"] if re.fullmatch("[0-9]+×[0-9]+", text)]
        assert sizes == (["×".join(map(str, node["shape"]))] if "shape" in node else [])


def _leaves(found: dict[str, Any]) -> list[str]:
    return [node["id"] for node in found["nodes"] if node["kind"] in ("input", "parameter")]


@pytest.mark.parametrize("form", ["dot", "mermaid", "json", "text", "svg"])
def test_what_is_rounded_is_never_said_to_be_equal(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = [
        "graph",
        "-e",
        "f = exp(x)/4 + 0*y",
        "-e",
        "g = f + x/4",
        "x=1",
        "y=0.1234567891",
        "--no-split",
        "--values",
    ]
    if form == "svg":
        assert run([*words, "-o", str(tmp_path / "f.svg")]) == 0
        text = html.unescape((tmp_path / "f.svg").read_text(encoding="utf-8"))
    else:
        text = graph(capsys, *words[1:], "--format", form)
    assert "≈ 0.67957" in text
    assert "≈ 0.92957" in text
    assert "= 0.1234567891" in text
    assert "= 0.67957" not in text
    if form == "json":
        numbers = {node["id"]: node["value"] for node in json.loads(text)["nodes"]}
        assert numbers == {"x": 1, "y": 0.1234567891, "f": math.e / 4, "g": math.e / 4 + 0.25}


def test_the_edges_of_a_network_have_their_weights_as_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    words = [str(ROOT / "configs" / "xor.toml"), "--kind", "network", "--values", "--format", "json"]
    found = json.loads(graph(capsys, *words, "--blank", "W2"))
    assert [edge.get("weight") for edge in found["edges"]] == [1, 0.5, 0.5, 1, None, None]
    assert [node["value"] for node in found["nodes"]] == [0, 0, 0, 0.5, -0.5]


def test_the_window_of_an_entry_has_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(graph(capsys, "convolution", "--entry", "d(loss)/d(K1[1,2])", "--format", "json"))
    assert run(["backward", "convolution", "--wrt", "K1", "--format", "json"]) == 0
    page = json.loads(capsys.readouterr().out)
    numbers = {node["id"]: node.get("gradient", node.get("value")) for node in found["nodes"]}
    assert numbers["d(loss)/d(K1[1,2])"] == page["gradients"]["K1"][0][1]
    assert numbers["d(loss)/d(K1)"] == page["gradients"]["K1"]
    assert numbers["x"] == page["values"]["x"]
