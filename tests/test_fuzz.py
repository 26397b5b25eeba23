"""Random command lines: no error of the program's own, and nothing that hangs on the order of a set.

`NNCALC_FUZZ=100000` runs that many; by default 400 are run, the same ones each time.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fuzzing import shown
from independent import mp
from test_replay import check

from nncalc.cli.app import run
from nncalc.language.parser import MAX_LENGTH

pytestmark = [pytest.mark.sampled, pytest.mark.xdist_group("fuzz")]

HERE = Path(__file__).parent
COUNT = int(os.environ.get("NNCALC_FUZZ", "400"))


@pytest.fixture(scope="module")
def runs() -> list[list[dict[str, Any]]]:
    """Return what comes of each command line, once for each of two seeds of Python's hashes."""
    started = [
        subprocess.Popen(
            [sys.executable, str(HERE / "fuzzing.py"), "0", str(COUNT)],
            env={**os.environ, "PYTHONPATH": str(HERE.parent), "PYTHONHASHSEED": seed, "COLUMNS": "100"},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip
    found = [process.communicate(timeout=600 + COUNT) for process in started]
    assert [process.returncode for process in started] == [0, 0], found[0][1] + found[1][1]
    return [[json.loads(line) for line in out.splitlines()] for out, _ in found]


def test_every_command_line_ends_in_an_answer_or_a_problem(runs: list[list[dict[str, Any]]]) -> None:
    assert len(runs[0]) == COUNT
    assert not [run for run in runs[0] if run["wrong"] or run["status"] not in (0, 2)]
    assert sum(run["status"] == 0 for run in runs[0]) > COUNT / 3  # enough of them have an answer


def test_no_answer_depends_on_the_order_of_a_set(runs: list[list[dict[str, Any]]]) -> None:
    assert not [one for one, other in zip(*runs, strict=True) if one["digest"] != other["digest"]]


def test_none_runs_away(runs: list[list[dict[str, Any]]]) -> None:
    """Nothing takes ten times what it may, on a machine that is busy with other things."""
    assert not [run for run in runs[0] if run["seconds"] > 20]


def recomputed(words: list[str], capsys: pytest.CaptureFixture[str]) -> int:
    """Check each line that a command prints; return how many there are, 0 where there is no answer."""
    status = run(words)
    text = capsys.readouterr().out
    longest = max(map(len, text.splitlines()), default=0)
    if status or longest > MAX_LENGTH or "smaller than any float" in text:
        return 0
    names = {word.partition("=")[0].strip() for word in words if "=" in word}
    return check(text, {*names, *(f"u{place}" for place in range(1, 100))}, paper=True)


def test_every_line_computes_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [recomputed(words, capsys) for seed in range(COUNT) if (words := shown(seed, tmp_path)) is not None]
    assert sum(lines) > 5 * COUNT


#: Numbers of every size, and formulas in which the small ones are easily lost beside the large.
SIZES = (
    "1e300", "1e-300", "5e-324", "1e-23", "3", "-2.5", "0.1", "1e16", "-1e-16", "7e-310", "1e154", "-1e-160", "1e200",
    "40", "-40",
)  # fmt: skip
DELICATE = (
    "x*y + z", "x*y*z", "x/y - z", "(x + y) - z", "exp(x)*y + z", "log(x^2)*y - z", "sigmoid(x)*y - z", "tanh(x) - y*z",
    "x - sin(y)*z", "(x + y)*(x - y)*z", "softplus(x)*z*y", "x*exp(y)*z", "sqrt(x^2 + y^2)/z", "1/(x*y)*z", "x^3*y*z",
    "sum([x, y, z].*[y, z, x])", "norm2([x, y])*z", "relu(x*y)*z - y", "(1 - sigmoid(x))*y*z", "exp(-x^2/2)*y*z",
)  # fmt: skip


def test_every_line_of_numbers_of_any_size_computes_again(capsys: pytest.CaptureFixture[str]) -> None:
    lines = []
    for seed in range(COUNT // 2):
        draw = random.Random(seed)
        given = [f"{of}={draw.choice(SIZES)}" for of in "xyz"]
        options = [*draw.choice([[], ["--no-split"]]), *draw.choice([[], ["--form", "vector"]])]
        words = [
            "backward",
            "-e",
            f"f = {draw.choice(DELICATE)}",
            *given,
            *options,
            "--show-steps",
            "--format",
            "plain",
        ]
        if "x=1e200" not in given:  # which no exponential survives
            with mp.workdps(420):
                lines.append(recomputed(words, capsys))
    assert sum(lines) > COUNT


def test_a_number_that_floats_hardly_hold_is_noted(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["backward", "-e", "f = x*y*z", "x=1e-200", "y=1.5e-120", "z=1e-50", "--show-steps"]) == 0
    page = capsys.readouterr().out
    assert "1.49998e-320" in page
    assert "denormal: a float so near 0 has fewer digits" in page
    assert "rounds to 0, as it is smaller than any float" in page
    assert run(["backward", "-e", "f = relu(x*y)*z", "x=1e-200", "y=1.5e-150", "z=1e300", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["gradients"]["x"] == 1.5e150
    assert not any("ReLU" in note for note in found.get("notes", []))
