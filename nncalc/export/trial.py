"""Programs that were written are run before they are handed over: at their own numbers, and at others near them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Any, NamedTuple

from nncalc.exchange.handover import nearby
from nncalc.export.library import Library
from nncalc.graph.calculus import gradient_of
from nncalc.language.figures import Rows
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate

#: How many other numbers are tried.
DRAWS = 2
#: How far a program may be off, of the largest number of a quantity or of 1: at its own numbers, and at others.
SAME, NEARLY = 1e-12, 1e-9
#: How many seconds a program may run.
LONGEST = 300
#: What runs a program at several numbers, apart from this one; nothing of the folder at hand is imported.
DRIVER = """\
import json, sys
text, givens = json.load(sys.stdin)
space = {"__name__": "program"}
exec(compile(text, "program", "exec"), space)
json.dump([space["run"](given) for given in givens], sys.stdout)
"""


class Tried(NamedTuple):
    """Whether a program was run, and at how many numbers besides its own."""

    ran: bool
    draws: int


def tried(text: str, library: Library, found: Sequence[Calculation], words: Mapping[str, str]) -> Tried:
    """Run a program; raise Problem where it fails or finds other numbers than calculations have.

    The first of those that are `found` is its own; numbers that are near are tried as well. `words` says what the
    program calls each quantity that is given.
    """
    if find_spec(library.package) is None:
        return Tried(False, 0)
    others = _others(found[0])
    calculations = [*found, *others]
    givens = [{words[of.base]: _floats(rows) for of, rows in each.model.given.items()} for each in calculations]
    results = _run(text, givens, library)
    for place, (calculation, result) in enumerate(zip(calculations, results, strict=True)):
        for key, rows in result.items():
            _compare(key, rows, _expected(calculation, key), NEARLY if place else SAME, library)
    return Tried(True, len(others))


def _expected(calculation: Calculation, key: str) -> Rows:
    """Return the numbers of a quantity, or of a gradient, of a calculation."""
    output = calculation.output
    names = [*calculation.forward.names, *(gradient_of(of, output) for of in calculation.wrt if output is not None)]
    return calculation.machine.rows(next(of for of in names if of.id == key))


def _others(found: Calculation) -> list[Calculation]:
    """Return the same calculation at other numbers, as near as they must be to have a value."""
    others: list[Calculation] = []
    for model in nearby(found.model, [of for of in found.model.given if of not in found.model.targets]):
        try:
            others.append(
                calculate(model, wrt=[of.base for of in found.wrt], backward=found.output is not None, lines=False)
            )
        except Problem:
            continue
        if len(others) == DRAWS:
            break
    return others


def _floats(rows: Rows) -> list[list[float]]:
    return [[float(each) for each in row] for row in rows]


def _run(text: str, givens: Sequence[Mapping[str, Any]], library: Library) -> list[dict[str, list[list[float]]]]:
    """Return what a program finds, run by itself; raise Problem (`domain`) where it fails."""
    try:
        done = subprocess.run(  # noqa: S603 -- this Python, and a program that was written here
            [sys.executable, "-P", "-c", DRIVER], input=json.dumps([text, givens]), capture_output=True, text=True,
            timeout=LONGEST, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _refused(f"took longer than {LONGEST} seconds", library) from None
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise _refused(f"failed: {last[0][:300]}", library)
    found: list[dict[str, list[list[float]]]] = json.loads(done.stdout)
    return found


def _compare(key: str, rows: Rows, expected: Rows, tolerance: float, library: Library) -> None:
    """Raise Problem (`domain`) where numbers are not those that are expected."""
    pairs = [pair for two in zip(rows, expected, strict=True) for pair in zip(*two, strict=True)]
    largest = max(1.0, *(abs(each) for _, each in pairs))
    off = [apart for value, each in pairs if not (apart := abs(value - each)) <= tolerance * largest]  # nan is off
    if off:
        raise _refused(f"finds `{key}` off by {max(off):.3g}", library)


def _refused(what: str, library: Library) -> Problem:
    return Problem(f"the program for {library.name} {what}, so it is not written", None, None, "domain")
