"""The networks that come with the program: every one by its name, and copied."""

from __future__ import annotations

from pathlib import Path

import pytest

from nncalc.cli.app import run
from nncalc.interface.opening import examples


@pytest.mark.parametrize("name", sorted(examples()))
def test_an_example_is_found_by_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["shapes", name]) == 0
    by_name = capsys.readouterr().out
    assert run(["shapes", examples()[name]]) == 0
    assert capsys.readouterr().out == by_name


def test_a_file_of_that_name_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").write_text('[equations]\nf = "1 + 1"\n')
    assert run(["forward", "xor", "--get", "f"]) == 0
    assert capsys.readouterr().out == "2\n"


def test_examples_are_listed_and_copied_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["examples"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in listed] == sorted(examples())
    assert run(["examples", "--copy", "xor"]) == 0
    assert (tmp_path / "xor.toml").read_bytes() == Path(examples()["xor"]).read_bytes()
    assert run(["examples", "--copy", "xor"]) == 2
    assert "is here already" in capsys.readouterr().err
    assert run(["examples", "--copy", "xo"]) == 2
    assert "did you mean `xor`?" in capsys.readouterr().err
    assert run(["forward", "xorr"]) == 2
    assert "the example `xor` is built in" in capsys.readouterr().err
