"""Formulas whose entries share what they are made of: written out they are endless, computed they are short.

Each answers, or is refused, long before the time that a test has; what they come to is what NumPy says.
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

ROWS = [[1, 2, 3, 1, 2], [4, 5, 6, 2, 1], [7, 8, 10, 3, 4], [1, 5, 2, 7, 1], [2, 2, 1, 5, 3]]
A = np.array(ROWS, dtype=float)
INV = np.linalg.inv
FORMULAS = {
    "sum(inv(A*A*A*A))": INV(A @ A @ A @ A).sum(),
    "det(inv(A'*A + eye(5)))": np.linalg.det(INV(A.T @ A + np.eye(5))),
    "sum(inv(inv(inv(A))))": INV(A).sum(),
    "det(A*inv(A*A)*A)": 1.0,
    "tr(inv(A)*inv(A')*inv(A))": np.trace(INV(A) @ INV(A.T) @ INV(A)),
    "logdet(inv(A*A' + eye(5)))": np.linalg.slogdet(INV(A @ A.T + np.eye(5)))[1],
    "norm2(inv(inv(A)*inv(A)))": np.linalg.norm(A @ A),
    "sum(inv(A.*A + inv(A)))": INV(A * A + INV(A)).sum(),
    "det(inv(tanh(A) + eye(5)))": np.linalg.det(INV(np.tanh(A) + np.eye(5))),
}


def ran(formula: str, *options: str) -> subprocess.CompletedProcess[str]:
    words = ["backward", "-e", f"f = {formula}", f"A={json.dumps(ROWS)}", *options]
    program = [sys.executable, "-m", "nncalc", *words]
    return subprocess.run(program, capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_of_shared_parts_has_its_value(formula: str) -> None:
    done = ran(formula, "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["values"]["f"] == pytest.approx(FORMULAS[formula], rel=1e-9)


@pytest.mark.parametrize("formula", FORMULAS)
def test_it_is_exact_or_refused_in_one_line(formula: str) -> None:
    done = ran(formula, "--exact", "--format", "json")
    if done.returncode == 0:
        assert json.loads(done.stdout)["values"]["f"] == pytest.approx(FORMULAS[formula], rel=1e-9)
    else:
        assert done.returncode == 2
        assert "has no exact value here: `f = " in done.stderr
        assert len(done.stderr) < 500
