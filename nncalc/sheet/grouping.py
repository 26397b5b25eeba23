"""The lines of a long worksheet under headings: those of an example, those of a layer, in an order read top down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from nncalc.graph.arrangements import numbers
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.shapes import SCALAR
from nncalc.language.formula import Call, Name, is_call, name, names_in, number_of, parts
from nncalc.ops import OPS, PRODUCTS
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.sources import Source

#: From how many lines on a worksheet has a heading for each layer.
LONG = 60
#: What weighs something with parameters.
_WEIGHING = PRODUCTS | {"conv2d", "conv1d"}


def examples_of(calculation: Calculation, source: Source) -> dict[Name, int]:
    """Return which example, counted from 1, each entry of a batch of several belongs to."""
    known = {*calculation.forward.names}
    rows = calculation.model.conventions.rows
    found = {
        entry: (place // columns if rows else place % columns) + 1
        for of in calculation.model.per_example
        if of in known and calculation.shapes.of(of) != SCALAR
        for columns in [numbers(calculation.shapes.of(of))[1]]
        for place, entry in enumerate(source.entries(of))
    }
    for of, count in _stacked(calculation.forward).items():
        if of in known:
            entries = source.entries(of)
            found |= {entry: place * count // len(entries) + 1 for place, entry in enumerate(entries)}
    columns = {(entry.base, entry.index[-1]): example for entry, example in found.items() if len(entry.index) > 1}
    for equation in source.graph.equations:  # the intercepts that were put first
        own = equation.name
        example = columns.get((own.base, own.index[-1])) if equation.rules == ("intercept",) and own.index else None
        if example is not None:
            found[own] = example
    return found if len({*found.values()}) > 1 else {}


def _stacked(graph: Graph) -> dict[Name, int]:
    """Return the quantities that are pictures under each other, one an example, and how many those are."""
    found: dict[Name, int] = {}
    for equation in graph.equations:
        calls = [
            part for part in parts(equation.formula) if isinstance(part, Call) and "pictures" in OPS[part.op].settings
        ]
        for each in calls:
            count = number_of(each.args[-1])
            if count is not None and count > 1:
                found |= dict.fromkeys(names_in(each.args[0]), int(count))
                if not any(is_call(other, "flatten") for other in calls):
                    found[equation.name] = int(count)
    return found


def grouped(
    calculation: Calculation, equations: Sequence[Equation], examples: Mapping[Name, int]
) -> list[tuple[str, Equation]]:
    """Return scalar equations, each with what its heading says beside the pass, in an order read top down."""
    if examples:
        return _by_example(equations, examples)
    if len(equations) > LONG:
        return _by_layer(calculation, equations)
    return [("", each) for each in equations]


def _by_example(equations: Sequence[Equation], examples: Mapping[Name, int]) -> list[tuple[str, Equation]]:
    """Return the lines of each example together, those of none before or after them; as they are where that fails."""
    first, last = 0, max(examples.values()) + 1
    groups: dict[Name, int] = {}
    for each in equations:
        own = examples.get(_plain(each.name))
        before = [groups[used] for used in each.uses if used in groups and bool(used.of) == bool(each.name.of)]
        groups[each.name] = own or (last if any(before) else first)
        if own is not None and any(group not in (first, own) for group in before):
            return [("", each) for each in equations]  # an example needs what all come to
    words = {first: "", last: "all examples"}

    def said(each: Equation) -> str:
        return words.get(groups[each.name], f"example {groups[each.name]}")

    return _sorted(equations, lambda each: groups[each.name], said)


def _by_layer(calculation: Calculation, equations: Sequence[Equation]) -> list[tuple[str, Equation]]:
    """Return the lines of each layer together: what is reached by as many products with parameters.

    Where a parameter belongs to no layer, all lines stay together.
    """
    layers = layers_of(calculation)
    homeless = any(layers.get(of) == 0 for of in calculation.model.parameters)
    if homeless or len(set(layers.values())) < 2:
        return [("", each) for each in equations]

    def layer(each: Equation) -> int:
        return layers.get(name(each.name.base), 0) * (-1 if each.name.of else 1)

    def said(each: Equation) -> str:
        return f"layer {abs(layer(each))}" if layer(each) else "inputs" if each.name.of else ""

    return _sorted(equations, layer, said)


def layers_of(calculation: Calculation) -> dict[Name, int]:
    """Return how many products with parameters lie between the inputs and each quantity; of a parameter, its first."""
    parameters = {*calculation.model.parameters}
    found: dict[Name, int] = {}
    for equation in calculation.forward.equations:
        used = [of for of in names_in(equation.formula) if of not in parameters]
        weighs = any(
            isinstance(part, Call) and part.op in _WEIGHING and not parameters.isdisjoint(names_in(part))
            for part in parts(equation.formula)
        )
        found[equation.name] = max((found.get(of, 0) for of in used), default=0) + weighs
        for of in names_in(equation.formula):
            if of in parameters:
                found[of] = min(found.get(of, found[equation.name]), found[equation.name])
    return found


def _sorted(
    equations: Iterable[Equation], group: Callable[[Equation], int], words: Callable[[Equation], str]
) -> list[tuple[str, Equation]]:
    """Return equations by pass, then by group, else in the order they are in."""
    every = sorted(equations, key=lambda each: (each.name.of is not None, group(each)))
    return [(words(each), each) for each in every]


def _plain(of: Name) -> Name:
    """Return what a gradient is the gradient by."""
    return name(of.base, of.index)
