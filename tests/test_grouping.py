"""The lines of long pages under headings: by example, by layer, read top down."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from networks import Network, networks
from test_worksheet import MODELS, solved

from nncalc.cli.app import run
from nncalc.language.formula import Name, name
from nncalc.sheet.grouping import examples_of, grouped, layers_of
from nncalc.sheet.sources import scalar_source
from nncalc.sheet.worksheet import Display, worksheet
from nncalc.spec import read
from nncalc.spec.model import Model, from_spec


def model_of(spec: dict[str, Any]) -> Model:
    return from_spec(read(json.dumps(spec).encode(), "net.json", "json", None))


@given(networks())
def test_grouped_lines_are_the_same_lines_read_top_down(network: Network) -> None:
    found = solved(model_of(network.spec()))
    source = scalar_source(found)
    equations = [each for each in source.graph.equations if each.rules != ("intercept",)]
    examples = examples_of(found, source)
    lines = grouped(found, equations, examples)
    assert sorted(each.name.id for _, each in lines) == sorted(each.name.id for each in equations)
    before: set[Name] = {*source.graph.leaves}
    written = {each.name for each in equations}
    for _, each in lines:
        assert all(used in before for used in each.uses if used in written), each.name
        before.add(each.name)
    if len(network.batch) > 1:
        said = {examples[name(each.name.base, each.name.index)]: words for words, each in lines
                if name(each.name.base, each.name.index) in examples}  # fmt: skip
        assert said == {number: f"example {number}" for number in range(1, len(network.batch) + 1)}


def test_one_example_of_a_batch_is_worked_in_full() -> None:
    weights = [[1, -0.5], [0.5, 1]]
    spec = {
        "input": {"name": "x", "values": [[1, 2], [0.5, -1], [2, 0]]},
        "layers": [
            {"type": "dense", "activation": "relu", "weights": {"name": "W", "values": weights}, "bias": "none"}
        ],
        "loss": {"type": "squared_error", "target": [[1, 0], [0, 1], [1, 1]]},
    }
    page = worksheet(solved(model_of(spec)), "scalar", Display(example=2))
    rows = [row.name for section in page.sections[1:] for row in section.rows if isinstance(row.name, Name)]
    assert {each.index[1] for each in rows if each.index and each.base != "W"} == {2}
    assert name("loss") in rows
    assert name("W", (1, 1), of=name("loss")) in rows
    assert [section.heading for section in page.sections] == [
        "Given", "Forward: example 2", "Forward: all examples", "Backward: example 2", "Backward: all examples",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--show-steps", "--example", "1"], "there is no batch"),
        (["--example", "1"], "add --show-steps"),
        (["--show-steps", "--example", "1", "--form", "vector"], "leave out --form"),
    ],
)
def test_an_example_that_cannot_be_shown(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_long_page_has_a_heading_for_each_layer(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = (3, 4, 4, 2)
    draw = {"init": "uniform", "low": -1, "high": 1, "seed": 1}
    layers = [
        {"type": "dense", "activation": "tanh", "bias": "none",
         "weights": {"shape": [b, a], "name": f"W{a}{b}{place}", **draw}}
        for place, (a, b) in enumerate(pairwise(sizes))
    ]  # fmt: skip
    spec = {"input": {"name": "x", "values": [1, 2, 3]}, "layers": layers,
            "loss": {"type": "squared_error", "target": [1, 0]}}  # fmt: skip
    found = solved(model_of(spec))
    headings = [section.heading for section in worksheet(found, "scalar").sections]
    assert headings == [
        "Given", "Forward: layer 1", "Forward: layer 2", "Forward: layer 3",
        "Backward: layer 3", "Backward: layer 2", "Backward: layer 1", "Backward: inputs",
    ]  # fmt: skip
    assert max(layers_of(found).values()) == 3


def test_a_convolution_is_a_layer_of_a_long_page() -> None:
    (model,) = [model for label, model in MODELS if label == "convolution.toml"]
    page = worksheet(solved(model), "scalar")
    assert [section.heading for section in page.sections] == [
        "Given", "Forward: layer 1", "Forward: layer 2", "Backward: layer 2", "Backward: layer 1", "Backward: inputs",
    ]  # fmt: skip
    backward = {row.name.base for row in page.sections[-2].rows if isinstance(row.name, Name)}
    assert backward == {"f", "P1", "P2", "Z1", "Z2", "A1", "A2", "K1", "K2", "c"}


def test_a_page_has_no_headings_of_layers_where_a_parameter_is_in_none() -> None:
    weights = [[(i + j) % 3 for j in range(6)] for i in range(5)]
    spec = {
        "inputs": {"x": [1, 2, 3, 4, 5, 6]},
        "parameters": {"p": [1, 1, 1, 1, 1, 1], "W": weights, "V": [[1, 2, 3, 4, 5]]},
        "equations": {"e": "x + p", "z": "tanh(W * e)", "s": "V * z"},
    }
    page = worksheet(solved(model_of(spec)), "scalar")
    assert [section.heading for section in page.sections] == ["Given", "Forward", "Backward"]


def test_a_batch_of_one_is_no_batch() -> None:
    spec = {
        "input": {"name": "x", "values": [[1, 2]]},
        "layers": [{"type": "dense", "weights": {"name": "W", "values": [[1, 2]]}, "bias": "none"}],
        "loss": {"type": "squared_error", "target": [[1]]},
    }
    page = worksheet(solved(model_of(spec)), "scalar")
    assert [section.heading for section in page.sections] == ["Given", "Forward", "Backward"]
    assert not page.sections[0].notes


def test_the_lines_of_one_example_have_its_intercepts_alone() -> None:
    spec = {
        "input": {"name": "x", "values": [[1, 2], [3, 4]]},
        "layers": [{"type": "dense", "weights": {"name": "W", "values": [[0, 1, 2]]}, "bias": "folded"}],
        "loss": {"type": "squared_error", "target": [[1], [2]]},
    }
    page = worksheet(solved(model_of(spec)), "scalar", Display(example=2))
    names = {row.name for section in page.sections for row in section.rows}
    assert name("x", (0, 2)) in names
    assert name("x", (0, 1)) not in names


def test_an_example_of_a_large_batch_is_worked_entry_by_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    weights = [[(i * j) % 5 / 5 - 0.4 for j in range(20)] for i in range(30)]
    spec = {
        "input": {"name": "x", "values": [[(i + j) % 7 / 3 - 1 for j in range(20)] for i in range(16)]},
        "layers": [
            {"type": "dense", "activation": "relu", "weights": {"name": "W", "values": weights}, "bias": "none"}
        ],
        "loss": {"type": "squared_error", "target": [[0] * 30] * 16},
    }
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec))
    assert run(["forward", str(path), "--show-steps", "--example", "3", "--format", "plain"]) == 0
    found = capsys.readouterr().out
    assert "b₃₀,₃ = " in found
    assert "b₃₀,₂ = " not in found
