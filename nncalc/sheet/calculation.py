"""A calculation: a model run forward, and backward if asked, with all that a worksheet needs.

Puts the passes in order; each does its work elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nncalc.graph.calculus import Fused, fusible, gradient, gradient_of
from nncalc.graph.elements import Elements, bases
from nncalc.graph.graph import Equation, Graph, dependents, split
from nncalc.graph.shapes import Shapes
from nncalc.graph.spelling import Spellings
from nncalc.language.formula import Call, Name, is_call, name, names_in, parts
from nncalc.numbers.rounding import Numbers
from nncalc.numbers.run import Machine, ScalarMachine, machine_for
from nncalc.ops import OPS
from nncalc.problems import Problem
from nncalc.sheet.compiled import compiled, completed, through, unchanged
from nncalc.sheet.copying import written_out
from nncalc.sheet.doubts import doubted
from nncalc.sheet.settling import Settled, choice, roughly, settle
from nncalc.spec.model import Model

#: What is said of a page in single floats.
SINGLE = "computed in single floats (float32), of some seven digits"


class Calculation(NamedTuple):
    """A model and its values.

    `forward` and `backward` are the graphs that were run, `wrt` the quantities whose gradients
    were asked for, `entries` the entries where not all of them were. `notes` says, by quantity,
    what a line has to explain, `missing` why a step has no value, `together` of which loss and activation
    a gradient is in one. What is computed `after` both passes is an update.
    """

    model: Model
    shapes: Shapes
    machine: Machine
    forward: Graph
    backward: Graph
    output: Name | None
    wrt: tuple[Name, ...]
    notes: dict[Name, str]
    entries: tuple[Name, ...] = ()
    missing: Mapping[Name, Problem] = MappingProxyType({})
    together: Mapping[Name, str] = MappingProxyType({})
    after: Graph = Graph((), ())

    def asks_for(self, entry: Name) -> bool:
        """Return whether the gradient by an entry is asked for, by itself or with all of its quantity."""
        return not self.entries or entry in self.entries or name(entry.base) in self.entries

    def numbers(self, of: Name) -> Numbers:
        """Return the numbers of a quantity or a gradient, or of one entry; raise Problem (`name`) where it has none."""
        whole = name(of.base, of=of.of)
        rows = self.machine.rows(whole)
        exacts = self.machine.exact_rows(whole) if isinstance(self.machine, ScalarMachine) else None
        if of.index:
            row, column = Elements(self.shapes, bases(self.forward)).place(of)
            rows, exacts = [[rows[row][column]]], [[exacts[row][column]]] if exacts else None
        return Numbers(rows, exacts)


def calculate(  # noqa: PLR0913 -- what a command may ask for, by name
    model: Model,
    *,
    wrt: Sequence[str] | None = None,
    backward: bool = False,
    exact: bool = False,
    scalar: bool = False,
    fuse: bool = True,
    lines: bool = True,
    single: bool = False,
) -> Calculation:
    """Run `model` forward and, with `backward`, back from its output to the quantities `wrt`.

    `wrt` defaults to the parameters, or the inputs where there are none. With `exact` every number is a
    rational; `scalar` asks for the scalar form whatever its size; `fuse` differentiates a loss in one with the
    activation before it. Every value is computed by its careful spelling; where nobody reads the `lines` of a large
    network, no other is looked for. With `single` the numbers are single floats, and there are no lines.
    Raises Problem.
    """
    model = model if fuse else _unfolded(model)
    shapes = model.shapes()
    machine = _machine(model, shapes, scalar=scalar, exact=exact, single=single)
    for leaf in model.graph.leaves:
        machine.load(leaf, model.given[leaf])
    whole_first = fuse and not model.stated and not (lines and isinstance(machine, ScalarMachine))
    ahead = _ahead(model, shapes, machine, wrt, backward) if whole_first else None
    if ahead is not None and not lines:
        return ahead._replace(model=model._replace(notes=(*model.notes, SINGLE))) if single else ahead
    if single:
        raise Problem("this cannot be computed in single floats", None, "leave out --float32", "domain")
    losses = fusible(model.graph)
    rounded = model.conventions.rounding is not None
    spellings = None if exact or rounded else Spellings(shapes, model.graph)
    stated = model.stated_in(shapes)
    try:
        whole = {of: loss for of, loss in losses.items() if loss.behind not in stated and not rounded}
        forward = settle(model.graph, machine, spellings, whole, model.steps if spellings else (), stated)
    except Problem as problem:
        raise _placed(problem, model, machine) from None
    found = Calculation(
        model, shapes, machine, forward.graph, Graph((), ()), model.output, (),
        doubted(forward.notes, model.graph, machine), missing=forward.missing,
    )  # fmt: skip
    return _backward(found, forward, losses if fuse else None, spellings, wrt) if backward else found


def _machine(model: Model, shapes: Shapes, *, scalar: bool, exact: bool, single: bool) -> Machine:
    """Return what computes a model; raise Problem (`usage`) for steps that are rounded where they are to be exact."""
    rounding = model.conventions.rounding
    if rounding is None:
        return machine_for(model.graph, shapes, scalar=scalar, only_exact=exact, single=single)
    if exact or single:
        option = "--exact" if exact else "--float32"
        raise Problem(f"{option} and rounded steps exclude each other", None, "leave one of them out", "usage")
    machine = machine_for(model.graph, shapes, scalar=True)
    assert isinstance(machine, ScalarMachine)
    machine.round(rounding)
    return machine


def _ahead(
    model: Model, shapes: Shapes, machine: Machine, wrt: Sequence[str] | None, backward: bool
) -> Calculation | None:
    """Return the calculation in careful spellings throughout, where the machine runs such a one as a whole, else None.

    Where it fails, whoever goes on line by line finds out why.
    """
    if not machine.large or (backward and model.output is None):
        return None
    wanted, entries = _wanted(model, wrt) if backward else ((), ())
    try:
        ready = compiled(model.graph, shapes, model.output if backward else None, wanted)
    except Problem:
        return None
    if not machine.run(ready.whole, shapes):
        return None
    found = Calculation(model, shapes, machine, ready.forward, ready.backward, model.output, wanted, {}, entries)
    _check(found, wanted, entries)
    return found._replace(notes=doubted(_independent(found), model.graph, machine))


def _independent(found: Calculation) -> dict[Name, str]:
    """Return what is said of gradients that are 0, as the output does not depend on the quantity."""
    return {
        gradient_of(quantity, found.output): f"`{found.output}` does not depend on `{quantity}`"
        for quantity in found.wrt
        if found.output is not None and found.output not in dependents(found.model.graph, [quantity])
    }


def _backward(
    found: Calculation,
    forward: Settled,
    losses: Mapping[Name, Fused] | None,
    spellings: Spellings | None,
    wrt: Sequence[str] | None,
) -> Calculation:
    """Return a calculation with the gradients by the quantities `wrt`; without `losses` each step by itself."""
    model, shapes, machine, output = found.model, found.shapes, found.machine, found.output
    if output is None:
        raise Problem(
            "there is no loss to differentiate", None,
            "add a loss to the spec, or name the quantity with --of NAME", "spec",
        )  # fmt: skip
    wanted, entries = _wanted(model, wrt)
    _check(found, wanted, entries)
    asked = wanted if losses is not None else frozenset(wanted).union(*forward.past.values())
    graph = through(model.graph, forward.graph, forward.past, asked)
    fused = unchanged(losses or {}, graph, model.graph)
    as_it_stands = bool(model.stated) or model.conventions.rounding is not None
    choose = roughly(machine) if as_it_stands else choice(machine)
    slopes = gradient(graph, shapes, output, wanted, choose, fused, forward.known)
    complete = completed(slopes, forward.graph.names, shapes, output, wanted)
    if spellings is not None:
        spellings.follow(complete)
    try:
        back = settle(complete, machine, spellings)
    except Problem as problem:
        raise _infinite(forward, output, machine) or problem from None
    together = {
        gradient_of(of, output): f"{loss.part.op} and {_activation(model, loss)} in one; --unfold parts them"
        for loss in fused.values()
        for of in names_in(loss.whole.args[0])
    }
    found = found._replace(backward=back.graph, wrt=wanted, entries=entries, together=together)
    return found._replace(notes=found.notes | back.notes | _independent(found))


def _unfolded(model: Model) -> Model:
    """Return the model with each loss from logits written out, one operation an equation: softmax, logarithm, ..."""
    shapes = model.shapes()
    equations: list[Equation] = []
    changed: list[Name] = []
    for equation in model.graph.equations:
        calls = {part.op for part in parts(equation.formula) if isinstance(part, Call)}
        if not calls.isdisjoint(_FROM_LOGITS):
            equation = equation._replace(formula=written_out(equation.formula, shapes))  # noqa: PLW2901 -- the same, longer
            changed.append(equation.name)
        equations.append(equation)
    return model._replace(graph=split(Graph(model.graph.leaves, tuple(equations)), changed)) if changed else model


#: Losses that are computed from logits in one with the activation that makes probabilities of them.
_FROM_LOGITS = frozenset(kind for op in OPS.values() for kind in op.fused.values())


def _activation(model: Model, loss: Fused) -> str:
    """Return the name of the activation that a loss is differentiated with."""
    formula = model.graph.by_name[loss.behind].formula
    formula = formula.args[0] if is_call(formula, "transpose") else formula
    return (OPS[formula.op].base or formula.op) if isinstance(formula, Call) else ""


def _check(found: Calculation, wanted: Sequence[Name], entries: Sequence[Name]) -> None:
    """Raise Problem where there is no such entry to differentiate by, or it has no value."""
    apart = Elements(found.shapes, bases(found.model.graph))
    for entry in entries:
        if entry.index:
            apart.place(entry)
    for quantity in wanted:
        if quantity in found.missing:
            raise found.missing[quantity]


def _infinite(forward: Settled, output: Name, machine: Machine) -> Problem | None:
    """Return the problem of a gradient by what rounds, past which others were computed; None where there is none."""
    past = [each for names in forward.past.values() for each in sorted(names, key=str)]
    missing = next((of for of in past if not machine.has(gradient_of(of, output))), None)
    if missing is None:
        return None
    return Problem(
        f"`{gradient_of(missing, output)}` cannot be computed here: `{missing}` rounds to where it is not finite",
        None, f"`{output}` and the other gradients were computed without `{missing}`", "domain",
    )  # fmt: skip


def _placed(problem: Problem, model: Model, machine: Machine) -> Problem:
    """Return a problem of the forward pass at the first equation that has no value yet."""
    for equation in model.graph.equations:
        if not machine.has(equation.name):
            return problem.at(problem.where or model.places(equation.name))
    return problem


def _wanted(model: Model, wrt: Sequence[str] | None) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Return the quantities to differentiate by, and the entries of them that alone are asked for."""
    if wrt is None:
        return model.parameters or tuple(leaf for leaf in model.graph.leaves if leaf not in model.targets), ()
    asked = [of for text in wrt for of in model.family(text) or [model.named(text)]]
    found = [name(of.base, of.index) for of in asked]  # whose derivative it is, is known
    entries = tuple(dict.fromkeys(found)) if any(each.index for each in found) else ()
    return tuple(dict.fromkeys(model.find(each.base) for each in found)), entries
