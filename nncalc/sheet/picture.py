"""Pictures of a model: the computation graph, forward or backward, with its numbers. How it looks is a renderer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from nncalc.graph.arrangements import numbers as counts
from nncalc.graph.calculus import gradient_of
from nncalc.graph.drawing import Drawing, Fact, Roles, backward_drawing, drawing
from nncalc.graph.graph import Graph
from nncalc.graph.shapes import SCALAR, Shapes, shapes_of, with_entries
from nncalc.graph.sizes import text_of
from nncalc.language.formula import Call, Formula, Name, name
from nncalc.language.hats import hats_in, trimmed_in
from nncalc.language.printer import Style
from nncalc.numbers.rounding import Numbers, Shown, literals
from nncalc.numbers.run import ScalarMachine
from nncalc.page import CUT
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.remarks import conventions, deciding
from nncalc.sheet.sources import scalar_source, vector_source
from nncalc.sheet.worksheet import Display
from nncalc.spec.model import Model

#: Where more entries than can be drawn are asked for one by one.
MOST_BOXES = 5_000
#: How long a number may be that is shown as it was typed.
MOST_SIGNS = 10


class Wish(NamedTuple):
    """What a picture is to show: a box an entry or a quantity, values, gradients, the backward pass, empty boxes."""

    scalar: bool = False
    values: bool = False
    gradients: bool = False
    backward: bool = False
    blank: frozenset[Name] = frozenset()
    display: Display = Display()


def picture(model: Model, wish: Wish) -> Drawing:
    """Return the computation graph of a model; raise Problem."""
    shapes = shapes_known(model)
    if wish.scalar and shapes is not None:
        _few(model, shapes)
    solved = solve(model, wish)
    graph, numbers = model.graph, vector_source(solved).numbers if solved is not None else None
    if wish.scalar and solved is not None:
        graph, numbers = _apart(solved), scalar_source(solved).numbers
    say = facts(model, wish, shapes, solved, numbers)
    roles = _roles(model, graph, wish)
    if wish.backward:
        output = _output(model, shapes)
        sizes = shapes if not wish.scalar else shapes_of(graph, dict.fromkeys(graph.leaves, SCALAR))
        assert sizes is not None
        found = backward_drawing(graph, output, sizes, roles, say)
    else:
        found = drawing(graph, roles, say, scalar=wish.scalar)
    return found._replace(notes=(*_hats(found), *found.notes, *said(solved), *_cut(found, solved, wish)))


def _output(model: Model, shapes: Shapes | None) -> Name:
    """Return what the backward pass begins at; raise Problem where there is no such number."""
    hint = "name one in the spec: output = NAME"
    if model.output is None:
        raise Problem("there is no loss to draw a backward pass from", None, hint, "usage")
    if shapes is not None and shapes.of(model.output) != SCALAR:
        shape = text_of(shapes.of(model.output))
        raise Problem(f"only a number can be differentiated, `{model.output}` is {shape}", None, hint, "shape")
    return model.output


def solve(model: Model, wish: Wish) -> Calculation | None:
    """Return the values that a picture needs, None where it needs none."""
    if not (wish.values or wish.gradients or wish.scalar):
        return None
    every = [leaf.base for leaf in model.graph.leaves if leaf not in model.targets]
    wrt = every if wish.gradients else None
    try:  # the backward pass is drawn through a loss and its activation, each by itself
        return calculate(model, wrt=wrt, backward=wish.gradients, scalar=wish.scalar, fuse=not wish.backward)
    except Problem:
        if not wish.backward:
            raise
        return calculate(model, wrt=wrt, backward=wish.gradients, scalar=wish.scalar)


def shapes_known(model: Model) -> Shapes | None:
    """Return the shapes of all quantities, None where not every leaf has a value."""
    return model.shapes() if all(leaf in model.given for leaf in model.graph.leaves) else None


def spelling(model: Model, found: Drawing, *, scalar: bool, paper: bool) -> Style:
    """Return how the formulas of a picture are spelled."""
    names = model.graph.names
    shapes = shapes_known(model)
    dots = scalar or shapes is None or all(shapes.of(n) == SCALAR for n in names)
    arrays = with_entries(names, shapes) if shapes is not None else frozenset()
    written = [
        each for each in (*(box.formula for box in found.boxes), *(arrow.label for arrow in found.arrows)) if each
    ]
    return Style(paper, dots, frozenset(n.base for n in names), arrays, trimmed_in(written))


def facts(
    model: Model,
    wish: Wish,
    shapes: Shapes | None,
    solved: Calculation | None,
    numbers: Callable[[Name], Numbers] | None,
) -> Callable[[Name], tuple[Fact, ...]]:
    """Return what says the lines in the box of a quantity: its shape, its value, the derivative by it."""

    def value(of: Name, other: Name | None) -> Fact:
        assert numbers is not None
        stated = " (stated)" if of.of is None and name(of.base) in model.stated else ""
        return fact(of, numbers(of), wish.display)._replace(of=other, said=stated)

    def say(of: Name) -> tuple[Fact, ...]:
        found: list[Fact] = []
        if shapes is not None and not of.index and of in shapes.known and shapes.of(of) != SCALAR:
            found.append(Fact("shape", shapes.of(of)))
        if solved is None:
            return tuple(found)
        slope = gradient_of(of, model.output) if model.output else None
        if wish.values and of not in solved.missing:
            found.append(value(of, of if wish.backward and of is not model.output else None))
        if wish.gradients and slope is not None and _known(solved, slope):
            found.append(value(slope, None if wish.backward else slope))
        return tuple(found)

    return say


def fact(of: Name, numbers: Numbers, display: Display) -> Fact:
    """Return what is said of a value, or of a gradient: its numbers, and whether they are rounded."""
    shown = shown_in(numbers, display)
    equal = all(entry.exact for row in shown for entry in row)
    role: Literal["value", "gradient"] = "gradient" if of.of is not None else "value"
    return Fact(role, literals(shown), None, equal, rows=numbers.rows)


def shown_in(numbers: Numbers, display: Display) -> list[list[Shown]]:
    """Return the entries of a quantity as a picture shows them: of what was typed no more than a few digits."""
    found = display.shown(numbers)
    if numbers.typed and any(len(entry.text) > MOST_SIGNS for row in found for entry in row):
        return display.shown(Numbers(numbers.rows, numbers.exacts))
    return found


def said(solved: Calculation | None) -> tuple[tuple[str | Formula, ...], ...]:
    """Return which conventions decide the gradients in a picture, and which are of a loss and its activation in one."""
    if solved is None:
        return ()
    names = [each.name for each in solved.backward.equations]
    found = [deciding(convention, at) for convention, at in conventions(solved, names)]
    one = [(slope, f": {text.partition(';')[0]}") for slope, text in solved.together.items()]
    return (*found, *one)


def _hats(found: Drawing) -> tuple[tuple[str | Formula, ...], ...]:
    written = [box.formula for box in found.boxes] + [arrow.label for arrow in found.arrows]
    return hats_in([each for each in written if isinstance(each, Call)])


def _cut(found: Drawing, solved: Calculation | None, wish: Wish) -> tuple[tuple[str | Formula, ...], ...]:
    """Return what is said where not every entry of a quantity is shown."""
    if solved is None or wish.scalar or wish.display.most is None:
        return ()
    numbers = vector_source(solved).numbers
    drawn = [box.name for box in found.boxes if any(fact.role != "shape" for fact in box.facts)]
    return (
        ((CUT,),)
        if any(numbers(of).ends(wish.display.most) is not None for of in drawn if of not in solved.missing)
        else ()
    )


def _roles(model: Model, graph: Graph, wish: Wish) -> Roles:
    groups = (model.parameters, model.targets, wish.blank)
    return Roles(*({of for of in graph.names if name(of.base) in group} for group in groups))


def _apart(solved: Calculation) -> Graph:
    """Return the scalar form that was run forward."""
    machine = solved.machine
    assert isinstance(machine, ScalarMachine)
    leaves = [each for leaf in solved.model.graph.leaves for row in machine.elements.names(leaf) for each in row]
    return Graph(tuple(leaves), tuple(equation for equation in machine.scalars if equation.name.of is None))


def _few(model: Model, shapes: Shapes) -> None:
    """Raise Problem (`usage`) for more boxes than anyone could look at."""
    boxes = sum(rows * columns for rows, columns in (counts(shapes.of(of)) for of in model.graph.names))
    if boxes > MOST_BOXES:
        raise Problem(
            f"there would be {boxes:,} boxes, at most {MOST_BOXES:,} are drawn", None,
            "--level vector draws a box a quantity", "usage",
        )  # fmt: skip


def _known(solved: Calculation, slope: Name) -> bool:
    machine = solved.machine
    return slope in solved.backward.by_name or (isinstance(machine, ScalarMachine) and slope in machine.floats)
