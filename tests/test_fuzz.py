"""Random command lines: no error of the program's own, and nothing that hangs on the order of a set.

`NNCALC_FUZZ=100000` runs that many; by default a thousand are run, the same ones each time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
COUNT = int(os.environ.get("NNCALC_FUZZ", "1000"))


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
