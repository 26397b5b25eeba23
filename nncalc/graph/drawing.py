"""Drawings: boxes and arrows, as facts. How they are written down is the renderer's business.

Knows graphs and their derivatives, no numbers: what a box says beside its name is handed in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from nncalc.graph.calculus import gradient_of, received
from nncalc.graph.graph import Equation, Graph, dependents, only
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.graph.sizes import Shape, text_of
from nncalc.language.alphabet import in_ascii
from nncalc.language.figures import Rows
from nncalc.language.formula import Formula, Name, Num, is_call, names_in, num, parts
from nncalc.language.printer import Style, show
from nncalc.progress import told

#: A quantity, given or computed; of a network diagram a unit, the 1 of intercepts, what is left out, pictures, a layer.
Kind: TypeAlias = Literal["input", "target", "parameter", "computed", "unit", "one", "gap", "pictures", "layer"]
Side: TypeAlias = Literal["above", "below"]
#: Of more names than these the first and the last stand for all.
FEW = 3
#: How many units, layers or steps are drawn; of more the first and the last `ENDS`.
MOST, ENDS = 8, 3


class Fact(NamedTuple):
    """A line in a box: its shape, after words `said`, or what it (or `of`) equals, `equal` unless rounded, before them.

    Of a matrix some entries, by row and column from 0, may be `marked`; `rows` are its numbers, for programs.
    """

    role: Literal["shape", "value", "gradient"]
    value: Formula | Shape
    of: Name | None = None
    equal: bool = True
    said: str = ""
    marked: frozenset[tuple[int, int]] = frozenset()
    rows: Rows = ()


class Box(NamedTuple):
    """A quantity, `formula` being what computes it, or a `text` in place of both.

    `beside` is the first quantity that a parameter or target meets, on whose `side` it is drawn. A `blank` box
    has a name, and room to write. Of pictures of one size in a box there are several `channels`. In that of a layer
    `lines` of words stand in place of its name.
    """

    name: Name
    kind: Kind
    formula: Formula | None = None
    facts: tuple[Fact, ...] = ()
    beside: Name | None = None
    side: Side = "below"
    blank: bool = False
    text: str = ""
    channels: tuple[Name, ...] = ()
    lines: tuple[tuple[str | Formula, ...], ...] = ()


class Arrow(NamedTuple):
    """From one box to another, with what stands on it; `strength`, from -1 to 1, is how it is drawn among many.

    A `weight` is the number itself, for programs; `words` say what is done, where no formula does.
    """

    start: Name
    end: Name
    label: Formula | None = None
    strength: float = 0.0
    weight: float | None = None
    words: tuple[str | Formula, ...] = ()


class Drawing(NamedTuple):
    """Boxes in the order of the graph, arrows, and what is said below.

    `units` are boxes that stand under each other in their order; in a network its columns, from left to right. A
    drawing that is `crowded` has no room for what stands on its arrows.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    units: tuple[tuple[Name, ...], ...] = ()
    notes: tuple[tuple[str | Formula, ...], ...] = ()
    kind: Literal["computation", "backward", "network", "layers"] = "computation"
    crowded: bool = False


class Roles(NamedTuple):
    """Which leaves are parameters and targets, which boxes are left blank."""

    parameters: Collection[Name] = ()
    targets: Collection[Name] = ()
    blank: Collection[Name] = ()

    def kind(self, leaf: Name) -> Literal["input", "target", "parameter"]:
        return "parameter" if leaf in self.parameters else "target" if leaf in self.targets else "input"


def drawing(graph: Graph, roles: Roles, facts: Callable[[Name], tuple[Fact, ...]], *, scalar: bool = False) -> Drawing:
    """Return the drawing of `graph`, of whole quantities or, `scalar`, of entries.

    Parameters and targets stand beside what they meet, the parameters of entries before it like inputs.
    """
    places = _sides(graph, roles._replace(parameters=()) if scalar else roles)
    boxes: list[Box] = []
    nowhere: tuple[None, Side] = (None, "below")
    for of in (*graph.leaves, *(equation.name for equation in told(graph.equations, "drawing"))):
        equation = graph.by_name.get(of)
        kind: Kind = "computed" if equation is not None else roles.kind(of)
        beside, side = places.get(of, nowhere)
        if of in roles.blank:
            boxes.append(Box(of, kind, None, (), beside, side, blank=True))
        else:
            formula = equation.formula if equation is not None else None
            boxes.append(Box(of, kind, formula, () if isinstance(formula, Num) else facts(of), beside, side))
    arrows = [Arrow(used, each.name) for each in graph.equations for used in names_in(each.formula)]
    return Drawing(tuple(boxes), tuple(arrows), _units(boxes))


def backward_drawing(
    graph: Graph, output: Name, shapes: Shapes, roles: Roles, facts: Callable[[Name], tuple[Fact, ...]]
) -> Drawing:
    """Return the drawing of the backward pass from `output`: a box a derivative, in the places of the forward pass.

    On an arrow stands the local derivative where all quantities are numbers, else what arrives, times it.
    """
    scalar = all(shapes.of(of) == SCALAR for of in graph.names)
    active = dependents(graph, [leaf for leaf in graph.leaves if leaf not in roles.targets])
    found = only(graph, [output])
    drawn = {output, *(used for each in found.equations for used in names_in(each.formula) if used in active)}
    forward = drawing(found, roles, facts, scalar=any(of.index for of in graph.names))
    boxes: list[Box] = []
    for box in forward.boxes:
        if box.name in drawn:
            kept = box._replace(formula=None) if box.name is not output else box
            boxes.append(kept)
    arrows: list[Arrow] = []
    for each in reversed(found.equations):
        if each.name in drawn:
            arrows += _shares(each, output, shapes, drawn, scalar=scalar)
    units = [tuple(each for each in column if each in drawn) for column in forward.units]
    said = "the local derivative" if scalar else "what arrives by it; a gradient is the sum of what arrives"
    notes = ((f"on each arrow: {said}",),)
    return Drawing(tuple(boxes), tuple(arrows), tuple(each for each in units if len(each) > 1), notes, "backward")


def _shares(
    equation: Equation, output: Name, shapes: Shapes, active: Collection[Name], *, scalar: bool
) -> Iterator[Arrow]:
    """Yield an arrow from a quantity to each that it is computed from, with what the derivative by it receives."""
    here = equation.name
    g: Formula = num(1)
    if not scalar and here is not output:
        g = gradient_of(here, output)
        shapes.name(g, shapes.of(here))
    found = received(equation, g, shapes, [used for used in names_in(equation.formula) if used in active])
    for used in names_in(equation.formula):
        if used in found:
            yield Arrow(here, used, found[used])


def _sides(graph: Graph, roles: Roles) -> dict[Name, tuple[Name, Side]]:
    """Return what parameters and targets stand beside, and on which side, one on each side of a box.

    What multiplies something stands below, as targets do, what is added above. Where there is no room, as another box
    stands there or is computed in the same step, they are left out, and stand before it.
    """
    found: dict[Name, tuple[Name, Side]] = {}
    steps = _steps(graph)
    alone = Counter(steps.values())
    for equation in graph.equations:
        if alone[steps[equation.name]] > 1:
            continue
        free: list[Side] = ["below", "above"]
        leaves = [used for used in names_in(equation.formula) if used in roles.parameters or used in roles.targets]
        if sum(leaf in roles.targets for leaf in leaves) > len(free):
            continue
        weights = _factors(equation.formula, roles.parameters)
        for leaf in sorted(leaves, key=lambda each: each not in weights):
            if leaf in found or not free:
                continue
            wanted: Side = "below" if leaf in weights or leaf in roles.targets else "above"
            side = wanted if wanted in free else free[0]
            free.remove(side)
            found[leaf] = equation.name, side
    return found


def _steps(graph: Graph) -> dict[Name, int]:
    """Return after how many computed quantities each is computed, at most."""
    found: dict[Name, int] = {}
    for equation in graph.equations:
        found[equation.name] = 1 + max((found.get(used, 0) for used in names_in(equation.formula)), default=0)
    return found


def _factors(formula: Formula, parameters: Collection[Name]) -> set[Name]:
    """Return the names in a formula that multiply something that is no parameter."""
    pairs = [part.args for part in parts(formula) if is_call(part, "mul")]
    return {
        one
        for pair in pairs
        for one, other in (pair, pair[::-1])
        if isinstance(one, Name) and any(each not in parameters for each in names_in(other))
    }


def _units(boxes: Collection[Box]) -> tuple[tuple[Name, ...], ...]:
    """Return the entries of inputs and computed quantities that have several, in the order of their indices."""
    entries: dict[str, list[Name]] = {}
    for box in boxes:
        if box.name.index and box.kind in ("input", "computed"):
            entries.setdefault(box.name.base, []).append(box.name)
    return tuple(tuple(sorted(found, key=lambda each: each.index)) for found in entries.values() if len(found) > 1)


# -- as text ------------------------------------------------------------------------------------------


def title(box: Box, found: Drawing, style: Style) -> str:
    """Return the first line in a box: its quantity, or the derivative by it, and the formula that gives it."""
    if box.text:
        return box.text if style.paper else in_ascii(box.text)
    if box.channels:
        return noted(tuple(several(box.channels)), style)
    if box.lines:
        return noted(box.lines[0], style)
    shown = show(box.name, style)
    output = found.boxes[-1].name if found.kind == "backward" else None
    if output is not None and box.name is not output:
        shown = show(gradient_of(box.name, output), style)
    return shown + (f" = {show(box.formula, style)}" if box.formula is not None else "")


def several(names: Sequence[Name]) -> Iterator[str | Formula]:
    """Yield names after each other, of many the first and the last, as they stand in a note."""
    many = len(names) > FEW
    for place, each in enumerate((names[0], names[-1]) if many else names):
        yield from ((" … " if many else ", ", each) if place else (each,))


def before(fact: Fact, style: Style) -> str:
    """Return what stands before the value of a fact: what equals it, and the sign."""
    sign = "=" if fact.equal else "≈" if style.paper else in_ascii("≈")
    return sign if fact.of is None else f"{show(fact.of, style)} {sign}"


def line(fact: Fact, style: Style) -> str:
    """Return a fact as a line of text."""
    if isinstance(fact.value, tuple):
        shape = text_of(fact.value)
        return noted((fact.said, shape), style)
    return f"{before(fact, style)} {show(fact.value, style)}{fact.said}"


def noted(note: tuple[str | Formula, ...], style: Style) -> str:
    """Return a note as a line of text."""
    return "".join(
        (each if style.paper else in_ascii(each)) if isinstance(each, str) else show(each, style) for each in note
    )


def labels(found: Drawing, style: Style) -> Mapping[Name, list[str]]:
    """Return the lines of text in each box."""
    return {
        box.name: [
            title(box, found, style),
            *(noted(each, style) for each in box.lines[1:]),
            *(line(fact, style) for fact in box.facts),
        ]
        for box in found.boxes
    }
