"""Worksheets: boxes tell nothing, keys are right, friendly numbers are, and what is filled in is read back."""

from __future__ import annotations

import csv
import json
import re
from fractions import Fraction
from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.cli.streams import model_of
from nncalc.exercises.friendly import friendly
from nncalc.language.formula import BOX, name
from nncalc.numbers.run import ScalarMachine
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate

RECITATION = "configs/recitation.toml"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["worksheet", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize("blank", ["values", "formulas", "all"])
def test_a_box_stands_in_every_line_and_nothing_tells_what_belongs_there(
    blank: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = [RECITATION, "x=3.25,-7.5", "--form", form, "--format", "plain"]
    empty, full = shown(capsys, *spec, "--blank", blank), shown(capsys, *spec, "--key")
    lines = [line for line in full.splitlines() if re.match(r"\s*(a|z|yhat|loss|d\(loss\)|ŷ|ℓ|∂ℓ)\S* .*=", line)]
    boxes = [line for line in empty.splitlines() if BOX in line]
    assert len(boxes) >= len([line for line in lines if not re.search(r"[₀]\s*= 1", line)]) > 5
    if blank != "formulas":
        values = {line.rpartition("= ")[2].split("   ")[0].strip() for line in lines}
        told = [value for value in values if len(value) > 3 and value in "\n".join(boxes)]
        assert not told
    if blank != "values":
        assert "1[a" not in empty
        assert "reuses" not in empty


def test_some_lines_alone_are_left_empty(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, RECITATION, "--blank", "a[1],d(loss)/d(beta)", "--points", "2")
    boxes = [line.split()[0] for line in found.splitlines() if BOX in line]
    assert boxes == ["a₁", "∂ℓ/∂β₀", "∂ℓ/∂β₁", "∂ℓ/∂β₂"]
    assert found.count("2 points") == 4


@pytest.mark.parametrize("form", ["markdown", "latex", "html", "table", "plain"])
def test_every_form_that_is_read_has_boxes(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, RECITATION, "--format", form)
    assert found.count(r"\underline" if form in ("markdown", "latex") else BOX) == 20


@pytest.mark.parametrize(("config", "seed"), [("recitation", 0), ("recitation", 1), ("xor", 0)])
def test_friendly_numbers_are_friendly_and_the_same_for_a_seed(config: str, seed: int) -> None:
    model = model_of([f"configs/{config}.toml"], [], [], [])
    found = friendly(model, seed)
    assert found.given == friendly(model, seed).given
    calculation = calculate(found, backward=True, scalar=True)
    machine = calculation.machine
    assert isinstance(machine, ScalarMachine)
    assert not calculation.notes
    for equation in (*calculation.forward.equations, *calculation.backward.equations):
        for row in machine.exact_rows(equation.name):
            for value in row:
                assert value is None or 100 % Fraction(value).denominator == 0
    for of in found.parameters:
        assert all(value != 0 for row in machine.rows(name(of.base, of=found.output)) for value in row)


def test_where_there_are_no_friendly_numbers_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nncalc.exercises.friendly.TRIES", (3, 3, 3))
    monkeypatch.setattr("nncalc.exercises.friendly.LARGEST", 0)
    with pytest.raises(Problem, match="no friendly numbers were found in 9 draws"):
        friendly(model_of([RECITATION], [], [], []), 0)


@pytest.mark.parametrize("form", ["scalar", "vector"])
@pytest.mark.parametrize("config", ["recitation", "softmax-classifier", "convolution"])
def test_a_page_that_is_filled_in_is_read_back(
    config: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = f"configs/{config}.toml"
    for ending, kind in ((".md", "markdown"), (".txt", "table")):
        path = tmp_path / f"filled{ending}"
        words = [spec, "--key", "--form", form, "--format", kind, "--precision", "8"]
        path.write_text(shown(capsys, *words, *(["--matrices", "inline"] if kind == "table" else [])), encoding="utf-8")
        assert run(["check", spec, "--answers", str(path), "--format", "json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["score"] == 1
        assert len(found["answers"]) > 8


def test_keys_are_what_belongs_in_the_boxes_of_each_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = tmp_path / "keys.csv"
    page = shown(capsys, RECITATION, "--variants", "2", "--seed", "5", "--keys", str(keys))
    assert "variant 1" in page
    assert "variant 2" in page
    rows = list(csv.DictReader(keys.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 2 * page.count(BOX) // 2
    assert run(["check", RECITATION, "--answers", str(keys)]) == 2
    assert "several variants" in capsys.readouterr().err
    second = tmp_path / "second.csv"
    mine = [f'"{row["name"]}",{row["value"]}' for row in rows if row["variant"] == "2"]
    second.write_text("\n".join(["name,value", *mine]))
    spec = tmp_path / "second.toml"
    spec.write_text(shown(capsys, RECITATION, "--friendly", "--seed", "6", "--equations"), encoding="utf-8")
    assert run(["check", str(spec), "--answers", str(second)]) == 0


def test_every_variant_begins_on_a_page_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, RECITATION, "--variants", "3", "--format", "latex", "--standalone", "article")
    assert found.count(r"\newpage") == 2
