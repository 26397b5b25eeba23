"""The JSON Schema of specs, by a validator of others: what is read is valid, and what is misspelt is not."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from nncalc.cli.app import run
from nncalc.commands.init import KINDS
from nncalc.problems import Problem
from nncalc.spec import read
from nncalc.spec.layers import ACTIVATIONS, LAYERS, LOSSES
from nncalc.spec.schema import schema
from tests.networks import Network, networks
from tests.test_docs import BLOCK, PAGES

ROOT = Path(__file__).parent.parent
VALIDATOR = jsonschema.Draft7Validator(schema())
SPECS = {
    **{path.name: tomllib.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "configs").glob("*.toml")},
    **{path.name: json.loads(path.read_text(encoding="utf-8")) for path in (ROOT / "configs").glob("*.json")},
    **{kind: tomllib.loads(text.format(file="net.toml")) for kind, text in KINDS.items()},
}
#: Tables whose keys a person chooses.
CHOSEN = {"inputs", "targets", "parameters", "equations"}


def wrong(spec: object) -> list[str]:
    """Return what is wrong with a spec by its schema: where, and what."""
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message}" for each in VALIDATOR.iter_errors(spec)]


def keys(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every key that a spec does not choose itself."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from [] if path and path[-1] in CHOSEN else [(*path, key)]
            yield from keys(member, (*path, key))
    elif isinstance(value, list):
        for place, member in enumerate(value):
            yield from keys(member, (*path, place))


def test_it_is_a_schema_and_the_command_prints_it(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert run(["schema"]) == 0
    printed = json.loads(capsys.readouterr().out)
    jsonschema.Draft7Validator.check_schema(printed)
    assert printed == json.loads(json.dumps(schema()))
    assert run(["schema", "-o", str(tmp_path / "s.json")]) == 0
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == printed


@pytest.mark.parametrize("name", SPECS)
def test_a_spec_that_comes_with_the_program_is_valid(name: str) -> None:
    assert not wrong(SPECS[name])


@pytest.mark.parametrize("name", SPECS)
def test_a_misspelt_key_is_not(name: str) -> None:
    for path in keys(SPECS[name]):
        spec: Any = deepcopy(SPECS[name])
        table = spec
        for part in path[:-1]:
            table = table[part]
        key = str(path[-1])
        table[key[:1] + key[2:] if len(key) > 2 else f"{key}x"] = table.pop(key)
        assert wrong(spec), path


def test_specs_of_the_pages_are_valid_where_they_are_read() -> None:
    seen = refused = 0
    used: set[str] = set()
    for page in PAGES:
        for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")):
            name, _, text = body.partition("\n")
            if kind not in ("toml", "json") or " file: " not in name:
                continue
            spec = tomllib.loads(text) if kind == "toml" else json.loads(text)
            try:
                read(text.encode(), "page", kind, str(ROOT))
            except Problem as problem:
                if problem.code != "file":
                    refused += bool(wrong(spec))
                    continue
            seen += 1
            used |= {layer["type"] for layer in spec.get("layers", [])}
            assert not wrong(spec), (page, name)
    assert seen > 25
    assert refused
    assert len(used & {*LAYERS}) > len(LAYERS) / 2


@given(networks())
def test_a_network_that_is_drawn_is_valid(network: Network) -> None:
    assert not wrong(network.spec())


#: An activation that has no such setting.
ELU = {"type": "activation", "activation": {"type": "elu", "slope": 1}}
#: What is wrong, and where that is said.
WRONG = (
    ({"input": [1], "layers": [{"type": "dense", "weights": [[1, 2]], "activaton": "relu"}]}, "layers.0"),
    ({"input": [1], "layers": [{"type": "dense", "weights": [[1, 2]], "activation": "rleu"}]}, "layers.0.activation"),
    ({"input": [1], "layers": [{"type": "dnse", "weights": [[1, 2]]}]}, "layers.0.type"),
    ({"input": [1], "layers": [{"type": "dense", "weights": {"vales": [[1, 2]]}}]}, "layers.0.weights"),
    ({"input": [1], "layers": [{"type": "dense", "weights": {"file": "x.csv", "low": 1}}]}, "layers.0.weights"),
    ({"input": [1], "layers": [{"type": "dense", "weights": [[1, True]]}]}, "layers.0.weights.0.1"),
    ({"input": [1], "layers": [{"type": "dense", "weights": [[1, "one"]]}]}, "layers.0.weights.0.1"),
    ({"input": [[[1]]], "layers": [{"type": "max_pool2d", "size": 0}]}, "layers.0.size"),
    ({"input": [1], "layers": [ELU]}, "layers.0.activation"),
    ({"input": [1], "loss": {"type": "squared_error", "target": 1, "reduction": "men"}}, "loss.reduction"),
    ({"input": [1], "loss": {"type": "squared_error", "target": 1, "delta": 1}}, "loss"),
    ({"input": [1], "loss": {"type": "squared_error"}}, "loss"),
    ({"input": [1], "equations": {"f": "x"}}, ""),
    ({"inputs": {"x": 1}}, ""),
    ({"inputs": {"x": {"values": 1, "name": "y"}}, "equations": {"f": "x"}}, "inputs.x"),
    ({"equations": {"f": "1"}, "training": {"optimizer": "adm"}}, "training.optimizer"),
    ({"equations": {"f": "1"}, "training": {"beta1": 1}}, "training.beta1"),
    ({"equations": {"f": "1"}, "conventions": {"max_tie": "last"}}, "conventions.max_tie"),
    ([1], ""),
)  # fmt: skip


@pytest.mark.parametrize(("spec", "place"), WRONG)
def test_what_is_wrong_is_said_at_its_place_and_not_read(spec: object, place: str) -> None:
    assert [each for each in wrong(spec) if each.startswith(f"{place}: ")]
    with pytest.raises(Problem):
        read(json.dumps(spec).encode(), "spec.json", "json", None)


def test_every_word_of_the_tables_is_in_it() -> None:
    for word in ACTIVATIONS:
        assert not wrong({"input": [1], "layers": [{"type": "activation", "activation": {"type": word}}]})
    found = json.dumps(schema())
    assert not [word for word in (*LAYERS, *LOSSES) if found.count(f'{{"const": "{word}"}}') < 1]


def test_a_spec_may_name_its_schema(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = {"$schema": "./nncalc.schema.json", **SPECS["recitation.json"]}
    path = tmp_path / "net.json"
    path.write_text(json.dumps(spec), encoding="utf-8")
    assert not wrong(spec)
    assert run(["forward", str(path), "--get", "loss"]) == 0
    assert capsys.readouterr().out == "8\n"
