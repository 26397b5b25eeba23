"""The diagram of a network's layers: a box a layer, of one over a sequence a box a step, and what goes between them.

Weights stand on the arrow from what they multiply.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeAlias

from nncalc.graph.drawing import ENDS, MOST, Arrow, Box, Drawing, Fact, Roles, several
from nncalc.graph.graph import Graph
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.graph.sizes import text_of
from nncalc.language.formula import Call, Formula, Name, is_call, name, names_in, parts
from nncalc.ops import PRODUCTS
from nncalc.sheet.picture import Wish, facts, said, solve
from nncalc.sheet.sources import vector_source
from nncalc.spec.model import Model

#: A line of text, with names in it.
Words: TypeAlias = tuple[str | Formula, ...]
#: What weighs one thing with another.
_WEIGHING = PRODUCTS | {"conv2d", "conv1d"}


class _Part(NamedTuple):
    """A layer, or a step of one in a `row` of them: in words what it is, what it computes, what of that goes on."""

    row: int | None
    text: tuple[str, ...]
    lines: tuple[Name, ...]
    gives: tuple[Name, ...]

    @property
    def box(self) -> Name:
        """What its box is called."""
        return self.gives[-1]


def layered(model: Model, wish: Wish) -> Drawing:
    """Return the diagram of the layers that a spec is said in, the loss the last."""
    shapes, whole = model.shapes(), _parts(model)
    homes = {of: part.box for part in whole for of in part.lines}
    found = _shortened(whole)
    shown = {part.box for part in found}
    solved = solve(model, wish) if wish.values or wish.gradients else None
    say = facts(model, wish, None, solved, vector_source(solved).numbers if solved is not None else None)
    arrows: list[Arrow] = []
    boxes: list[Box] = []
    told: set[Name] = set()
    for part in found:
        if not part.lines:
            boxes.append(Box(part.box, "gap", text="⋯"))
            continue
        uses = [of for line in part.lines for of in _uses(model.graph, line) if of not in part.lines]
        leading = _arrows(part, dict.fromkeys(uses), model, homes, wish.blank)
        arrows += [arrow for arrow in leading if arrow.start in shown or arrow.start in model.given]
        new = tuple(of for of in dict.fromkeys(uses) if of in model.parameters and of not in told)
        told.update(new)
        lines = [*((text,) for text in part.text), _sized(part.gives, shapes), _sized(new, shapes)]
        numbers = [
            fact if fact.of is not None or len(part.gives) == 1 else fact._replace(of=of)
            for of in part.gives for fact in say(of)
        ]  # fmt: skip
        boxes.append(Box(part.box, "layer", None, tuple(numbers), lines=tuple(filter(any, lines))))
    roles = Roles(model.parameters, model.targets)
    given = dict.fromkeys(arrow.start for arrow in arrows if arrow.start not in homes)
    leaves = [Box(of, roles.kind(of), None, (*_shape(of, shapes), *say(of))) for of in given]
    left = len(whole) - len([part for part in found if part.lines])
    notes = ((f"{left} steps in the middle are left out",),) * bool(left)
    rows = tuple(_rows(found, arrows, given))
    return Drawing((*leaves, *boxes), tuple(arrows), rows, (*notes, *said(solved)), "layers")


def _shortened(found: Sequence[_Part]) -> list[_Part]:
    """Return the parts that are drawn, with an empty one in place of steps in the middle of many."""
    drawn: list[_Part] = []
    for row, each in groupby(found, lambda part: part.row):
        steps = [*each]
        if row is not None and len(steps) > MOST:
            steps[ENDS:-ENDS] = [_Part(row, (), (), (name(steps[0].box.base, ("...",)),))]
        drawn += steps
    return drawn


def _rows(found: Sequence[_Part], arrows: Sequence[Arrow], given: Collection[Name]) -> Iterator[tuple[Name, ...]]:
    """Yield steps that stand beside each other, before them one that only the first takes."""
    for row, each in groupby(found, lambda part: part.row):
        steps = [part.box for part in each]
        if row is not None:
            ends = {of: [arrow.end for arrow in arrows if arrow.start is of] for of in given}
            yield (*[of for of in given if len(steps) > 1 and ends[of] == steps[:1]][:1], *steps)


def _parts(model: Model) -> list[_Part]:
    """Return the layers and the steps of layers that compute something, in the order of the spec."""
    graph = model.graph
    found: list[_Part] = []
    for row, section in enumerate(model.sections):
        for step, lines in enumerate((*section.steps, section.lines), 1):
            known = tuple(of for each in lines if (of := name(each)) in graph.by_name)
            own = step <= len(section.steps)
            what = f"{section.what}, step {step}" if own else section.what
            text = (what, section.settings if step == 1 else "")
            found += [_Part(row if own else None, text, known, ())] * bool(known)
    goes_on: set[Name] = set()
    for part in found:
        goes_on.update(of for line in part.lines for of in _uses(graph, line) if of not in part.lines)
    return [part._replace(gives=tuple(of for of in part.lines if of in goes_on) or part.lines[-1:]) for part in found]


def _uses(graph: Graph, of: Name) -> tuple[Name, ...]:
    return names_in(graph.by_name[of].formula)


def _arrows(
    part: _Part, uses: Collection[Name], model: Model, homes: dict[Name, Name], blank: Collection[Name]
) -> Iterator[Arrow]:
    """Yield an arrow from each box that a layer takes something from, with what that is, and its weights."""
    taken: dict[Name, list[Name]] = {}
    for of in uses:
        if of not in model.parameters:
            taken.setdefault(homes.get(of, of), []).append(of)
    formulas = [model.graph.by_name[line].formula for line in part.lines]
    for source, names in taken.items():
        words: list[str | Formula] = []
        for of in names:
            weights = [each for each in _weights(of, formulas, model.parameters) if each not in blank]
            piece = _piece(of, formulas)
            own: list[str | Formula] = [piece] if piece is not of or len(names) > 1 else []
            words += [", "] * bool(words and (weights or own))
            words += [*several(weights), *[" · "] * bool(weights and own), *own]
        yield Arrow(source, part.box, words=tuple(words))


def _weights(of: Name, formulas: Sequence[Formula], trained: Collection[Name]) -> list[Name]:
    """Return the parameters that multiply a quantity, or a piece of it."""
    found: dict[Name, None] = {}
    for part in (part for formula in formulas for part in parts(formula)):
        if isinstance(part, Call) and part.op in _WEIGHING:
            for one, other in (part.args[:2], part.args[1::-1]):
                weights = [each for each in names_in(one) if each in trained]
                if _is_of(other, of) and len(names_in(one)) == len(weights):
                    found |= dict.fromkeys(weights)
    return [*found]


def _is_of(formula: Formula, of: Name) -> bool:
    """Return whether a formula is a quantity, or a piece of one, with nothing computed."""
    ops = {each.op for each in parts(formula) if isinstance(each, Call)}
    return names_in(formula) == (of,) and ops.isdisjoint(_WEIGHING)


def _piece(of: Name, formulas: Sequence[Formula]) -> Formula:
    """Return the rows of a quantity that are taken, where it is only some in one place; else all of it."""
    found = {part for formula in formulas for part in parts(formula) if is_call(part, "rows") and part.args[0] is of}
    return found.pop() if len(found) == 1 else of


# -- in words -----------------------------------------------------------------------------------------


def _sized(names: Sequence[Name], shapes: Shapes) -> Words:
    """Return names with their shapes, those of one shape together."""
    found: list[str | Formula] = []
    for shape, each in groupby(names, shapes.of):
        found += [", "] * bool(found)
        found += [*several([*each]), *([f": {text_of(shape)}"] if shape != SCALAR else [])]
    return tuple(found)


def _shape(of: Name, shapes: Shapes) -> tuple[Fact, ...]:
    return (Fact("shape", shapes.of(of)),) if shapes.of(of) != SCALAR else ()
