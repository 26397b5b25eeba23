"""Definitions beside equations, `f(u) = u^2`: expanded where they are called, said once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nncalc.cli.app import run


def values(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run(["backward", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_definition_serves_several_calls(capsys: pytest.CaptureFixture[str]) -> None:
    found = values(capsys, "-e", "f(u) = u^2 + 1", "-e", "y = f(x) + f(2*x)", "x=3")
    assert (found["values"]["y"], found["gradients"]["x"]) == (47, 30)  # by hand: 5 x^2 + 2
    assert found["notes"] == ["f(u) = u^2 + 1"]


def test_a_spec_has_definitions_that_use_earlier_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text(
        '[parameters]\nx = [1, 2]\n[equations]\n"g(u, v)" = "u .* v"\n"f(u)" = "sum(g(u, u + 1))"\ny = "f(x)"\n'
    )
    found = values(capsys, str(spec))
    assert (found["values"]["y"], found["gradients"]["x"]) == (8, [3, 5])  # by hand: sum of x^2 + x
    assert run(["forward", str(spec), "--equations"]) == 0
    assert 'y = "sum(x .* (x + 1))"' in capsys.readouterr().out


def test_derive_takes_definitions(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["derive", "f(u) = u^2; f(x) + f(3*x)", "--wrt", "x", "--shapes", "x: 1"]) == 0
    assert "20 x" in capsys.readouterr().out


DOUBLED = ["-e", "f0(u) = u + u", *(w for k in range(60) for w in ("-e", f"f{k + 1}(u) = f{k}(u) + f{k}(u)"))]


@pytest.mark.parametrize(
    ("words", "says", "hint"),
    [
        (["-e", "f(u) = u + f(u)", "-e", "y = f(x)"], "`f` would be defined by itself", "may use earlier ones"),
        (["-e", "f(u) = u + w", "-e", "y = f(x)"], "`w` is no argument of `f`", "`f(u, w)`"),
        (["-e", "f(u, v) = u", "-e", "y = f(x)"], "`f` takes 2 arguments, found 1", "`f(u, v)`"),
        (["-e", "sin(u) = u", "-e", "y = sin(x)"], "`sin` is a function already", "another name"),
        (["-e", "f(u) = u"], "there is no equation", "a definition serves one"),
        (["-e", "f(u, u) = u", "-e", "y = f(x)"], "has not a name for each argument", "f(u, v) = u*v"),
        ([*DOUBLED, "-e", "y = f60(x)"], "written out has more than 20,000 names", "an equation each"),
    ],
)
def test_what_is_no_definition_is_refused(
    words: list[str], says: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["forward", *words, "x=1"]) == 2
    printed = capsys.readouterr().err
    assert says in printed
    assert hint in printed


def test_a_definition_in_a_file_is_refused_at_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spec = tmp_path / "net.toml"
    spec.write_text('[inputs]\nx = 1\n[equations]\n"f(u)" = "u + w"\ny = "f(x)"\n')
    assert run(["forward", str(spec)]) == 2
    assert "net.toml:4:15: error: `w` is no argument of `f`" in capsys.readouterr().err


def test_a_comparison_needs_no_left_side(capsys: pytest.CaptureFixture[str]) -> None:
    for text in ("x <= 1", "x == 1", "x >= 1", "(x > 0) * (x <= 1)"):
        assert run(["forward", "-e", text, "x=1", "--get", "f"]) == 0
        assert capsys.readouterr().out == "1\n"
