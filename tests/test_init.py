"""`nncalc init`: what it begins runs as it stands, and nothing is overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.commands.init import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_begun_runs_and_its_gradients_are_right(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "own.toml", "--kind", kind]) == 0
    assert (
        capsys.readouterr().err == "nncalc: `own.toml` is begun; nncalc backward own.toml --show-steps works it out\n"
    )
    text = (tmp_path / "own.toml").read_text(encoding="utf-8")
    assert "nncalc backward own.toml --show-steps" in text
    assert run(["check", "own.toml"]) == 0
    assert "kink" not in capsys.readouterr().out
    assert run(["train", "own.toml", "--steps", "20", "--format", "csv"]) == 0
    losses = [float(line.split(",")[1]) for line in capsys.readouterr().out.splitlines()[1:]]
    assert losses[-1] < losses[0] / 2
    assert run(["init", "own.toml"]) == 2
    assert "`own.toml` is here already" in capsys.readouterr().err
    assert (tmp_path / "own.toml").read_text(encoding="utf-8") == text


def test_without_a_name_it_is_net_toml_and_a_dash_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "-"]) == 0
    printed = capsys.readouterr().out
    assert not [*tmp_path.iterdir()]
    assert run(["init"]) == 0
    assert (tmp_path / "net.toml").read_text(encoding="utf-8") == printed


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["net.json"], "its name ends in .toml"),
        (["net"], "its name ends in .toml"),
        (["net.toml", "--kind", "cnn"], "--kind is one of regression, classification, equations, not `cnn`"),
        (["no/where.toml"], "cannot write `no/where.toml`: no such file or directory"),
    ],
)
def test_what_cannot_be_begun_is_refused(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["init", *words]) == 2
    assert said in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_link_that_leads_nowhere_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.toml").symlink_to(tmp_path / "elsewhere.toml")
    assert run(["init"]) == 2
    assert "is here already" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.toml").exists()
