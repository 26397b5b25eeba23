"""Doubts: what the numbers show of a loss that a formula may be given, though it is not what the loss is meant for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from nncalc.graph.graph import Graph
from nncalc.language.figures import Rows
from nncalc.language.formula import Call, Name, parts
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
            said = list(_doubts(part, graph, machine)) if isinstance(part, Call) and OPS[part.op].loss else []
            if said:
                before = [found[equation.name]] if equation.name in found else []
                found[equation.name] = "; ".join([*before, *said])
    return found


def _doubts(part: Call, graph: Graph, machine: Machine) -> Iterator[str]:
    """Yield what is said of the arguments of a loss; what comes of an activation that the loss may follow is right."""
    op = OPS[part.op]
    loss = op.loss
    if loss is None or loss.target == "numbers":
        return
    args = list(part.args)
    before = graph.by_name[args[0]].formula if isinstance(args[0], Name) and args[0] in graph.by_name else args[0]
    if not op.fused or (isinstance(before, Call) and before.op in loss.after):
        del args[0]  # logits, or probabilities as they should be
    for arg in args:
        rows = machine.trial(arg)
        if rows is not None:
            columns = [list(column) for column in zip(*rows, strict=True)]
            yield from _doubt(show(arg), columns, rows if op.fused else columns, sums=loss.target == "classes")


def _doubt(text: str, columns: Rows, rows: Rows, *, sums: bool) -> Iterator[str]:
    """Yield what is said of entries that are no probabilities, or of which neither columns nor rows sum to 1."""
    outside = next((value for row in columns for value in row if not -_CLOSE <= value <= 1 + _CLOSE), None)
    if outside is not None:
        yield f"`{text}` has the entry {outside:.10g}, a probability lies between 0 and 1"
        return
    wrong = [_wrong_sum(lists) for lists in (columns, rows) if len(lists[0]) > 1]
    if sums and wrong and None not in wrong:
        yield f"the entries of `{text}` sum to {wrong[0]:.10g}, probabilities to 1"


def _wrong_sum(lists: Rows) -> float | None:
    """Return the first sum of a list that is not 1, or None where all are 1."""
    totals = (math.fsum(each) for each in lists)
    return next((total for total in totals if abs(total - 1) > _CLOSE), None)
