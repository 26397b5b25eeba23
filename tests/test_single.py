"""Single floats: the same values to seven digits, said on the page; values alone."""

from __future__ import annotations

import os

import pytest
from printing import in_line

from nncalc.cli.app import run

RECITATION = "configs/recitation.toml"


def test_values_in_single_floats_are_those_in_doubles_to_seven_digits(capsys: pytest.CaptureFixture[str]) -> None:
    for source in (RECITATION, "configs/softmax-classifier.toml", "configs/xor.toml"):
        assert run(["backward", source, "--float32", "--get", "loss"]) == 0
        single = float(capsys.readouterr().out)
        assert run(["backward", source, "--get", "loss"]) == 0
        assert single == pytest.approx(float(capsys.readouterr().out), rel=1e-6)
    assert run(["forward", "-e", "f = x/3", "x=1", "--float32", "--get", "f"]) == 0
    assert capsys.readouterr().out == "0.333333343\n"


def test_a_page_in_single_floats_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", RECITATION, "--float32"]) == 0
    out = capsys.readouterr().out
    assert "note: computed in single floats (float32), of some seven digits" in out
    assert "∂ℓ/∂α ≈ [4 4 8; 8 8 16]" in in_line(out)


@pytest.mark.parametrize("words", [["--show-steps"], ["--exact"], ["--format", "json"]])
def test_lines_and_rationals_are_not_single(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", RECITATION, "--float32", *words]) == 2
    assert "--float32 goes with values alone" in capsys.readouterr().err


def test_what_single_floats_cannot_hold_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["forward", "-e", "f = exp(x)", "x=100", "--float32"]) == 2
    assert "leave out --float32" in capsys.readouterr().err


def test_threads_are_said_to_the_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "7")
    assert run(["forward", RECITATION, "--threads", "2"]) == 0
    assert os.environ["OPENBLAS_NUM_THREADS"] == "2"
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    assert run(["forward", RECITATION]) == 0
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"
