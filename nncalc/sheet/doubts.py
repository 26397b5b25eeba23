"""Doubts: what the numbers show of a loss that a formula may be given, though it is not what the loss is meant for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from nncalc.graph.graph import Graph
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Formula, Name, parts
from nncalc.language.printer import show
from nncalc.numbers.run import Machine
from nncalc.ops import OPS

#: How far a sum of probabilities may be from 1.
_CLOSE = 1e-9


def doubted(notes: Mapping[Name, str], graph: Graph, machine: Machine) -> dict[Name, str]:
    """Return what is said of quantities, and of a loss of probabilities which of its arguments are none."""
    found = dict(notes)
    for equation in graph.equations:
        for part in parts(equation.formula):
            loss = OPS[part.op].loss if isinstance(part, Call) else None
            if loss is not None and loss.target != "numbers" and isinstance(part, Call):
                # what goes together with an activation before it takes the probabilities that come of that
                args = part.args if OPS[part.op].fused else part.args[1:]
                said = [each for arg in args for each in _doubt(arg, machine, sums=loss.target == "classes")]
                if said:
                    before = [found[equation.name]] if equation.name in found else []
                    found[equation.name] = "; ".join([*before, *said])
    return found


def _doubt(arg: Formula, machine: Machine, *, sums: bool) -> Iterator[str]:
    """Yield what is said of an argument whose entries are no probabilities, or do not sum to 1."""
    rows = machine.trial(arg)
    if rows is None:
        return
    outside = next((value for row in rows for value in row if not 0 <= value <= 1), None)
    if outside is not None:
        yield f"`{show(arg)}` has the entry {outside:.6g}, a probability lies between 0 and 1"
    elif sums and not (_sum_to_one(rows) or _sum_to_one([list(column) for column in zip(*rows, strict=True)])):
        total = math.fsum(rows[0]) if len(rows) == 1 else math.fsum(row[0] for row in rows)
        yield f"the entries of `{show(arg)}` sum to {total:.6g}, probabilities to 1"


def _sum_to_one(rows: Rows) -> bool:
    return all(abs(math.fsum(row) - 1) <= _CLOSE for row in rows)
