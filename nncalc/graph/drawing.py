"""Drawings: a graph as boxes and arrows, as facts. How they are written down is the renderer's business."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal, NamedTuple

from nncalc.graph.graph import Graph
from nncalc.language.formula import Formula, Name, names_in
from nncalc.progress import told


class Box(NamedTuple):
    """A quantity: given (`input`, `target`, `parameter`) or computed.

    `formula` is None where it is given. `beside` is the first quantity that a parameter or target
    meets, which it is drawn below. `facts` are lines of text under the name.
    """

    name: Name
    kind: Literal["input", "target", "parameter", "computed"]
    formula: Formula | None
    beside: Name | None
    facts: tuple[str, ...]


class Drawing(NamedTuple):
    """Boxes in the order of the graph, an arrow from each quantity to each that uses it, and what is said below.

    `units` are entries of one quantity, which stand under each other in their order.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[Name, Name], ...]
    units: tuple[tuple[Name, ...], ...] = ()
    notes: tuple[str, ...] = ()


def drawing(
    graph: Graph,
    parameters: Collection[Name],
    targets: Collection[Name],
    facts: Callable[[Name], tuple[str, ...]] = lambda _: (),
    blank: Collection[Name] = (),
    *,
    beside: bool = True,
) -> Drawing:
    """Return the drawing of `graph`; `blank` boxes keep their name and lose what is in them.

    With `beside` parameters and targets stand below what they meet, else before it like inputs.
    """
    first: dict[Name, Name] = {}
    arrows: list[tuple[Name, Name]] = []
    for equation in graph.equations:
        for used in names_in(equation.formula):
            first.setdefault(used, equation.name)
            arrows.append((used, equation.name))
    boxes: list[Box] = []
    for leaf in graph.leaves:
        kind: Literal["input", "target", "parameter"] = (
            "parameter" if leaf in parameters else "target" if leaf in targets else "input"
        )
        above = first.get(leaf) if kind != "input" and beside else None
        boxes.append(Box(leaf, kind, None, above, () if leaf in blank else facts(leaf)))
    for equation in told(graph.equations, "drawing"):
        empty = equation.name in blank
        boxes.append(
            Box(
                equation.name,
                "computed",
                None if empty else equation.formula,
                None,
                () if empty else facts(equation.name),
            )
        )
    return Drawing(tuple(boxes), tuple(arrows), _units(boxes))


def _units(boxes: Collection[Box]) -> tuple[tuple[Name, ...], ...]:
    """Return the entries of inputs and computed quantities that have several, in the order of their indices."""
    entries: dict[str, list[Name]] = {}
    for box in boxes:
        if box.name.index and box.kind in ("input", "computed"):
            entries.setdefault(box.name.base, []).append(box.name)
    return tuple(tuple(sorted(found, key=lambda each: each.index)) for found in entries.values() if len(found) > 1)


def labels(found: Drawing, text: Callable[[Formula], str]) -> Mapping[Name, list[str]]:
    """Return the lines of text in each box."""
    return {
        box.name: [
            text(box.name) + (f" = {text(box.formula)}" if box.formula is not None else ""),
            *box.facts,
        ]
        for box in found.boxes
    }
