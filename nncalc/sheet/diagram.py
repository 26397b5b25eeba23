"""The network diagram: a circle a unit, columns of layers, edges with their weights."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from nncalc.graph.arrangements import numbers as counts
from nncalc.graph.drawing import ENDS, MOST, Arrow, Box, Drawing, Fact, several
from nncalc.graph.elements import Elements, bases
from nncalc.graph.network import Bias, Layer, Network, Pieces, Term, network
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import text_of
from nncalc.graph.stages import Stage
from nncalc.language.blocks import transposed
from nncalc.language.figures import Rows
from nncalc.language.formula import Formula, Name, name
from nncalc.numbers.rounding import Numbers, literals
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.layered import layered
from nncalc.sheet.picture import Wish, facts, said, shown_in, solve
from nncalc.sheet.sources import scalar_source
from nncalc.spec.model import Model

#: Among more edges than these there is no room for their weights.
ROOM = 40


class _Units(NamedTuple):
    """A quantity whose entries are units, how many there are, and the places, from 0, of those that are drawn."""

    of: Name
    size: int
    drawn: tuple[int, ...]

    def unit(self, place: int) -> Name:
        return name(self.of.base, (place + 1,)) if self.size > 1 else self.of

    @property
    def gap(self) -> Name:
        """What stands for those that are left out."""
        return name(self.of.base, ("...",))


class _Plan(NamedTuple):
    """A network with the numbers of its parameters, and what of it is drawn: the units, and `columns`, by depth."""

    model: Model
    found: Network
    units: dict[Name, _Units]
    columns: tuple[int, ...]
    wish: Wish
    intercepts: bool

    def at(self, depth: int) -> list[_Units]:
        return [each for of, each in self.units.items() if self.found.depth[of] == depth]

    def one(self, depth: int) -> Name | None:
        """Return what the 1 in a column is called, from which the intercepts of the next layers come."""
        after = [layer for layer in self.found.layers if self.found.depth[layer.name] == depth + 1]
        wanted = self.intercepts and depth + 1 in self.columns
        if not wanted or not any(layer.biases or any(term.folded for term in layer.terms) for layer in after):
            return None
        return name(self.at(depth)[0].of.base, (0,))


def diagram(model: Model, wish: Wish, *, intercepts: bool = False) -> Drawing:
    """Return the diagram of the network that a model is; raise Problem (`usage`) where it is none.

    Of a batch it shows the first example. Where a spec in layers is no units alone, it is a box a layer.
    """
    whole = model.shapes()
    if model.per_example and model.first is not None and not (model.overridden or model.starts or model.stated):
        model = model.first(1)
    found = _of_units(model)
    if found is None and intercepts:
        raise Problem("intercepts are drawn between units, and these layers are a box each", None,
                      "leave out --intercepts", "usage")  # fmt: skip
    if found is None:
        return layered(model, wish)
    shapes = model.shapes()
    units = {of: _units(of, shapes, across=of in found.across) for of in found.inputs}
    units |= {layer.name: _units(layer.name, shapes, across=layer.across) for layer in found.layers}
    several = any(counts(whole.of(of))[0 if of in found.across else 1] > 1 for of in found.inputs)
    columns = _ends(1 + max(found.depth.values()))
    plan = _Plan(model, found, units, columns, wish, intercepts)
    arrows = tuple(_arrows(plan))
    most = max((abs(arrow.strength) for arrow in arrows), default=0.0) or 1.0
    arrows = tuple(arrow._replace(strength=arrow.strength / most) for arrow in arrows)
    crowded = len(arrows) > ROOM or bool(found.stages)
    solved = solve(model, wish._replace(scalar=True)) if wish.values or wish.gradients else None
    standing = _standing(plan, shapes, solved)
    boxes = tuple(box for column in standing for box in column)
    units_ = tuple(tuple(box.name for box in column) for column in standing)
    notes = (*_notes(plan, crowded=crowded, several=several and solved is not None), *said(solved))
    return Drawing(boxes, arrows, units_, notes, "network", crowded)


def _of_units(model: Model) -> Network | None:
    """Return the network that a model is; None where a spec in layers has others than those of units."""
    layers = [section for section in model.sections if section.layer]
    try:
        found = network(model.graph, model.parameters, model.targets)
    except Problem:
        if not layers:
            raise
        return None
    lines = [of for step in (*layers[-1].steps, layers[-1].lines) for of in step] if layers else []
    last = name(lines[-1]) if lines else None
    return None if last in model.graph.by_name and last not in found.depth else found


def _standing(plan: _Plan, shapes: Shapes, solved: Calculation | None) -> list[list[Box]]:
    """Return the boxes of each column."""
    numbers = scalar_source(solved).numbers if solved is not None else None
    say = facts(plan.model, plan.wish, None, solved, numbers)
    apart = Elements(shapes, bases(plan.model.graph))
    found: list[list[Box]] = []
    for place, depth in enumerate(plan.columns):
        if place and depth != plan.columns[place - 1] + 1:
            found.append([Box(name("..."), "gap", text="⋯")])
        if depth < len(plan.found.stages):
            channels = plan.found.stages[depth].channels
            shape = Fact("shape", shapes.of(channels[0]), said=f"{len(channels)} of " if len(channels) > 1 else "")
            found.append([Box(channels[0], "pictures", None, (shape,), channels=channels)])
            continue
        one = plan.one(depth)
        column = [Box(one, "one", text="1")] if one is not None else []
        for each in plan.at(depth):
            blank = each.of in plan.wish.blank
            for drawn, unit in enumerate(each.drawn):
                if drawn and unit != each.drawn[drawn - 1] + 1:
                    column.append(Box(each.gap, "gap", text="⋮"))
                entries = [entry for row in apart.names(each.of) for entry in row]
                entry = entries[unit * (len(entries) // each.size if not _across(plan, each.of) else 1)]
                column.append(Box(each.unit(unit), "unit", None, () if blank else say(entry), blank=blank))
        found.append(column)
    return found


def _across(plan: _Plan, of: Name) -> bool:
    return of in plan.found.across or any(layer.across for layer in plan.found.layers if layer.name is of)


def _units(of: Name, shapes: Shapes, *, across: bool) -> _Units:
    count = counts(shapes.of(of))[1 if across else 0]
    return _Units(of, count, _ends(count))


def _ends(count: int) -> tuple[int, ...]:
    """Return the places of so many that are drawn: all, or the first and the last few."""
    return tuple(range(count)) if count <= MOST else (*range(ENDS), *range(count - ENDS, count))


def _notes(plan: _Plan, *, crowded: bool, several: bool) -> Iterator[tuple[str | Formula, ...]]:
    """Yield what is said of what is left out, and of how edges look."""
    left = 1 + max(plan.found.depth.values()) - len(plan.columns)
    if left:
        yield (f"{left} layers in the middle are left out",)
    for each in plan.units.values():
        if plan.found.depth[each.of] in plan.columns and len(each.drawn) < each.size:
            yield (each.of, f" has {each.size:,} units, {len(each.drawn)} of which are drawn")
    for layer in plan.found.layers:
        if layer.pieces is not None:
            count, by = len(layer.pieces.first), layer.pieces.by
            yield ("each unit of ", layer.name, f" is {by} of {count} of ", layer.pieces.source, ", without weights")
    if crowded:
        yield ("the thicker an edge, the larger its weight; where it is negative the edge is dashed",)
    if several:
        yield ("the numbers are those of the first example",)


# -- edges --------------------------------------------------------------------------------------------


def _arrows(plan: _Plan) -> Iterator[Arrow]:
    """Yield the edges between columns that are both drawn, each with its weight, and that as its strength."""
    yield from _between_pictures(plan)
    for layer in plan.found.layers:
        depth, to = plan.found.depth[layer.name], plan.units[layer.name]
        if depth not in plan.columns:
            continue
        one = plan.one(depth - 1) if depth - 1 in plan.columns else None
        for unit in to.drawn:
            if one is not None:
                yield from _from_one(plan, layer, one, to, unit)
            for term in layer.terms:
                if plan.found.depth[term.source] in plan.columns:
                    yield from _from_units(plan, term, to, unit)
            if layer.pieces is not None and plan.found.depth[layer.pieces.source] in plan.columns:
                yield from _from_pieces(plan.units[layer.pieces.source], layer.pieces, to, unit)


def _between_pictures(plan: _Plan) -> Iterator[Arrow]:
    """Yield an arrow from each layer of pictures to the next, with what it does, and from the last to its units."""
    shapes, last = plan.model.shapes(), len(plan.found.stages) - 1
    for depth, (before, stage) in enumerate(pairwise(plan.found.stages)):
        if depth in plan.columns and depth + 1 in plan.columns:
            yield Arrow(before.channels[0], stage.channels[0], words=_made(stage, shapes))
    if last in plan.columns and last + 1 in plan.columns:
        for of in plan.found.inputs:
            for unit in plan.units[of].drawn:
                yield Arrow(plan.found.stages[last].channels[0], plan.units[of].unit(unit))


def _made(stage: Stage, shapes: Shapes) -> tuple[str | Formula, ...]:
    """Return what makes a layer of pictures, and below that its kernels with their size, and its activation."""
    size = f": {text_of(shapes.of(stage.kernels[0]))}" if stage.kernels else ""
    after = ", ".join(filter(None, (size, stage.active)))
    return (f"{stage.by}\n", *several(stage.kernels), after)


def _from_one(plan: _Plan, layer: Layer, one: Name, to: _Units, unit: int) -> Iterator[Arrow]:
    """Yield the edges of a unit's intercepts, folded into weights or apart."""
    for term in layer.terms:
        if term.folded:
            place = 0 if term.folded == "first" else -1
            yield _arrow(plan, one, to.unit(unit), term, _by_unit(plan, term)[unit][place])
    for bias in layer.biases:
        entries = [number for row in plan.model.given[bias.of] for number in row]
        yield _arrow(plan, one, to.unit(unit), bias, entries[unit if len(entries) > 1 else 0])


def _from_units(plan: _Plan, term: Term, to: _Units, unit: int) -> Iterator[Arrow]:
    """Yield the edges from the units of a layer before to one unit."""
    rows, source = _by_unit(plan, term), plan.units[term.source]
    if len(rows) == len(rows[0]) == 1 and not term.folded:  # a number times a vector
        yield _arrow(plan, source.unit(unit), to.unit(unit), term, rows[0][0])
        return
    if (len(rows), len(rows[0])) != (to.size, source.size + bool(term.folded)):
        raise Problem(
            f"this is no network of layers: `{term.weights}` is {text_of((len(rows), len(rows[0])))}, between"
            f" {source.size} and {to.size} units", None, "--kind computation draws any graph", "usage",
        )  # fmt: skip
    for place in source.drawn:
        yield _arrow(plan, source.unit(place), to.unit(unit), term, rows[unit][place + (term.folded == "first")])


def _from_pieces(source: _Units, pieces: Pieces, to: _Units, unit: int) -> Iterator[Arrow]:
    """Yield the edges without weights from the units that one unit is made of."""
    for first in pieces.first:
        if first + unit in source.drawn:
            yield Arrow(source.unit(first + unit), to.unit(unit), None, 0.0)


def _by_unit(plan: _Plan, term: Term) -> Rows:
    """Return the weights of a term with a row for each unit they go to."""
    rows = plan.model.given[term.weights]
    return transposed(rows) if term.turned else rows


def _arrow(plan: _Plan, start: Name, end: Name, by: Term | Bias, number: float) -> Arrow:
    """Return an edge with its weight, without it where that is left blank."""
    of = by.weights if isinstance(by, Term) else by.of
    value = float(number)
    typed = of not in plan.model.computed
    numbers = Numbers([[-value if by.negative else number]], None, typed and not by.negative)
    label = None if of in plan.wish.blank else literals(shown_in(numbers, plan.wish.display))
    weight = -value if by.negative else value
    return Arrow(start, end, label, weight, weight if label is not None else None)
