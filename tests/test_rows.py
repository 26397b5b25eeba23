"""The same network with an example a row and with one a column: bit for bit the same numbers, of everything."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from networks import EVERY, Picked, picked
from test_oracle_losses import ORACLES

from nncalc.cli.app import run
from nncalc.language.formula import name
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.data import data
from nncalc.spec.layers import ACTIVATIONS

#: How many networks are compared.
MANY = int(os.environ.get("NNCALC_NETWORKS") or 60)


def everything(found: Calculation) -> dict[str, Any]:
    """Return every value and gradient, in the shape of the spec."""
    facts = data("backward", found, (), exact=False, steps=False)
    return {"values": facts["values"], "gradients": facts["gradients"]}


def both(network: Picked, folder: Path) -> tuple[Calculation, Calculation]:
    rows, columns = (network.calculated(folder, each) for each in ("rows", "columns"))
    return rows, columns


def test_networks_are_drawn_with_every_activation() -> None:
    assert {*EVERY} == {*ACTIVATIONS} - {"step"}


@pytest.mark.sampled
@pytest.mark.parametrize("block", range(-(-MANY // 20)))
def test_rows_and_columns_have_the_same_numbers_bit_for_bit(block: int, tmp_path: Path) -> None:
    for seed in range(block * 20, min(MANY, (block + 1) * 20)):
        network = picked(1000 + seed, ORACLES)
        rows, columns = both(network, tmp_path)
        assert everything(rows) == everything(columns), network
        count = len(network.x)
        assert len(rows.machine.rows(name("z0"))) == count
        assert len(columns.machine.rows(name("z0"))[0]) == count


@pytest.mark.parametrize("seed", range(2000, 2012))
def test_arrays_have_them_to_the_last_bits(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nncalc.numbers.run.HAND_SIZED", 0)
    rows, columns = map(everything, both(picked(seed, ORACLES), tmp_path))
    for group, numbers in rows.items():
        for word, found in numbers.items():
            other = np.array(columns[group][word])
            assert np.array(found) == pytest.approx(other, rel=1e-12, abs=1e-14 * max(1, np.abs(other).max())), word


@pytest.mark.parametrize("seed", range(3000, 3008))
def test_equations_of_rows_run_again_to_the_same_numbers(
    seed: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network = picked(seed, ORACLES)
    entry, target = network.kept(tmp_path)
    spec = {
        "input": {"name": "x", **entry}, "layers": [layer.spec(place) for place, layer in enumerate(network.layers)],
        "loss": {"type": network.kind, **network.loss, "target": {"name": "y", **target}},
        "conventions": {"examples": "rows"},
    }  # fmt: skip
    one, again = tmp_path / "net.json", tmp_path / "again.toml"
    one.write_text(json.dumps(spec), "utf-8")
    assert run(["forward", str(one), "--equations", "-o", str(again)]) == 0
    found = []
    for path in (one, again):
        assert run(["backward", str(path), "--format", "json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        found.append((facts["values"], facts["gradients"]))
    assert found[0] == found[1]
    assert run(["forward", str(again), "--equations"]) == 0
    assert capsys.readouterr().out == again.read_text("utf-8")
