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
    given = part.args[0]
    before = graph.by_name[given].formula if isinstance(given, Name) and given in graph.by_name else given
    likely = not _PROBABLE.isdisjoint(loss.after)
    asked = [part.args[op.target]]
    if likely and not (isinstance(before, Call) and (OPS[before.op].base or before.op) in loss.after):
        asked.insert(0, given)  # neither logits, nor probabilities as they should be
    if loss.linear and isinstance(asked[-1], Call):
        asked.pop()  # weights of the classes are in it
    for arg in asked:
        rows = machine.trial(arg)
        if rows is not None:
            columns = [list(column) for column in zip(*rows, strict=True)]
            yield from _doubt(show(arg), columns, rows if likely else columns, loss.target)


#: Activations that make probabilities.
_PROBABLE = frozenset({"softmax", "sigmoid"})
#: Targets that are certain numbers, and what is said of others.
_CERTAIN = {
    "signs": (frozenset({-1, 1}), "a target is -1 or 1"),
    "labels": (frozenset({0, 1}), "a label is 0 or 1"),
    "class": (frozenset({0, 1}), "the right class has a 1, the others 0"),
}


def _doubt(text: str, columns: Rows, rows: Rows, target: str) -> Iterator[str]:
    """Yield what is said of entries that are not as a target is, or of which neither columns nor rows sum to 1."""
    certain, says = _CERTAIN.get(target, (frozenset(), "a probability lies between 0 and 1"))
    least, most = (0.0, math.inf) if target == "positive" else (-_CLOSE, 1 + _CLOSE)
    for row in columns:
        for value in row:
            if value not in certain if certain else not least <= value <= most:
                said = "a count is not negative" if target == "positive" else says
                yield f"`{text}` has the entry {value:.10g}, {said}"
                return
    sums = target in ("classes", "class")
    wrong = [_wrong_sum(lists) for lists in (columns, rows) if len(lists[0]) > 1]
    if sums and wrong and None not in wrong:
        yield f"the entries of `{text}` sum to {wrong[0]:.10g}, probabilities to 1"


def _wrong_sum(lists: Rows) -> float | None:
    """Return the first sum of a list that is not 1, or None where all are 1."""
    totals = (math.fsum(each) for each in lists)
    return next((total for total in totals if abs(total - 1) > _CLOSE), None)
