"""Compiling: both passes of a model as graphs in which every value is computed by its careful spelling.

They do not hang on any number, so that a plan of them may be run again and again. What a person would write in place of
a line is found when there are numbers to show (see `settling`). Puts the passes in order; each does its work elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from nncalc.graph.calculus import Fused, fusible, gradient, gradient_of
from nncalc.graph.graph import Equation, Graph, only
from nncalc.graph.rules import always_defined
from nncalc.graph.shapes import Shapes, zeros
from nncalc.graph.spelling import Spellings
from nncalc.language.formula import Call, Formula, Name, parts, replace
from nncalc.ops import OPS
from nncalc.progress import told
from nncalc.sheet.settling import with_digits


class Compiled(NamedTuple):
    """The graphs of both passes."""

    forward: Graph
    backward: Graph

    @property
    def whole(self) -> Graph:
        """Both passes as one graph."""
        return Graph(self.forward.leaves, (*self.forward.equations, *self.backward.equations))


def compiled(graph: Graph, shapes: Shapes, output: Name | None = None, wrt: Sequence[Name] = ()) -> Compiled:
    """Return `graph` in careful spellings, and the gradient of its output by the quantities `wrt`.

    Raises Problem where the output is no number, or a derivative is missing.
    """
    losses = fusible(graph)
    forward, past, known = _carefully(graph, shapes, losses)
    if output is None:
        return Compiled(forward, Graph((), ()))
    ran = through(graph, forward, past, wrt)
    slopes = gradient(ran, shapes, output, wrt, careful, unchanged(losses, ran, graph), known)
    return Compiled(forward, completed(slopes, forward.names, shapes, output, wrt))


def through(graph: Graph, ran: Graph, past: Mapping[Name, frozenset[Name]], wanted: Collection[Name]) -> Graph:
    """Return the graph that was `ran`, through those quantities that are asked for, and that it was computed past."""
    back = {of for of, names in past.items() if not names.isdisjoint(wanted)}
    equations = [graph.by_name[each.name] if each.name in back else each for each in ran.equations]
    return Graph(graph.leaves, tuple(equations))


def unchanged(losses: Mapping[Name, Fused], ran: Graph, graph: Graph) -> dict[Name, Fused]:
    """Return the losses whose equations were run as written, to be differentiated with what is before them."""
    return {of: loss for of, loss in losses.items() if ran.by_name[of] == graph.by_name[of]}


def completed(found: Graph, names: Sequence[Name], shapes: Shapes, output: Name, wrt: Sequence[Name]) -> Graph:
    """Return what leads to the gradients asked for; that of a quantity the output does not depend on is zero."""
    extra: list[Equation] = []
    for quantity in wrt:
        new = gradient_of(quantity, output)
        if new not in found.by_name:
            shape = shapes.of(quantity)
            shapes.name(new, shape)
            extra.append(Equation(new, zeros(shape), rules=("constant",)))
    kept = only(found, [gradient_of(quantity, output) for quantity in wrt])
    return Graph(tuple(names), (*kept.equations, *extra))


def careful(plain: Formula, careful: Formula, /, *, some: bool = False) -> Formula:
    """Return the careful spelling of a rule, unless it has no value somewhere where the plain one always has."""
    return plain if always_defined(plain) and not always_defined(careful) and not some else careful


def _carefully(
    graph: Graph, shapes: Shapes, losses: Mapping[Name, Fused]
) -> tuple[Graph, dict[Name, frozenset[Name]], dict[Formula, Name]]:
    """Return a graph in careful spellings, what is computed past which names, and what was written before."""
    spellings = Spellings(shapes, graph)
    equations: list[Equation] = []
    past: dict[Name, frozenset[Name]] = {}
    known: dict[Formula, Name] = {}
    for equation in told(graph.equations, "preparing"):
        meant = spellings.add(equation)
        if equation.name in losses:
            loss = losses[equation.name]
            found = replace(equation.formula, {loss.part: loss.whole})
            past[equation.name] = frozenset([loss.behind])
        elif meant.formula is not equation.formula and not _again(equation.formula, meant.formula):
            found = meant.formula
            past[equation.name] = meant.past
        else:
            found = equation.formula
        found = with_digits(found, careful)
        if found is not equation.formula:
            known[equation.formula] = equation.name
        equations.append(equation._replace(formula=found))
    return Graph(graph.leaves, tuple(equations)), past, known


def _again(formula: Formula, other: Formula) -> bool:
    """Return whether an operation that another spelling took apart is still in it, so that nothing may be gained."""
    respelled = {op for op in _ops(formula) if OPS[op].respelled}
    return not respelled.isdisjoint(_ops(other))


def _ops(formula: Formula) -> Iterator[str]:
    return (part.op for part in parts(formula) if isinstance(part, Call))
