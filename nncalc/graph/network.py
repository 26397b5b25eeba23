"""Networks: which quantities of a graph are layers of units, and which parameters stand on the edges between them.

A layer is W x + b, its intercept apart, folded into W, or none, then activations; what follows the last is the loss.
Knows formulas, no shapes and no numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal, NamedTuple

from nncalc.graph.graph import Equation, Graph
from nncalc.graph.stages import Stage, stages
from nncalc.language.formula import Call, Formula, Name, is_call, names_in, number_of, parts
from nncalc.language.printer import show
from nncalc.ops import ACTIVATIONS
from nncalc.problems import Problem

_ACTIVATIONS: Final = frozenset(op.name for op in ACTIVATIONS)


class Term(NamedTuple):
    """Edges from the units of `source`, with the weights on them: a row for each unit they go to, unless `turned`.

    Of weights with an intercept `folded` in, that of the constant 1 is the first or the last.
    """

    weights: Name
    source: Name
    turned: bool = False
    folded: Literal["", "first", "last"] = ""
    negative: bool = False


class Bias(NamedTuple):
    """An intercept by itself."""

    of: Name
    negative: bool = False


class Pieces(NamedTuple):
    """Units that are each made of several of `source`, without weights: unit i of i + each of the places `first`."""

    source: Name
    first: tuple[int, ...]
    by: str


class Layer(NamedTuple):
    """Units, called after their activation; `across` where they are the columns of the quantity, not its rows.

    Where an activation takes several units for one, as `maxout` does, those are a layer, and its result another.
    """

    name: Name
    terms: tuple[Term, ...]
    biases: tuple[Bias, ...]
    across: bool = False
    active: bool = False
    pieces: Pieces | None = None

    @property
    def sources(self) -> tuple[Name, ...]:
        """The units that its units come from."""
        return tuple([term.source for term in self.terms]) + ((self.pieces.source,) if self.pieces else ())


class Network(NamedTuple):
    """The inputs, those `across` having a unit a column, and the layers, each with how many lie before it.

    `stages` are layers of pictures, of which the inputs are made.
    """

    inputs: tuple[Name, ...]
    layers: tuple[Layer, ...]
    depth: Mapping[Name, int]
    across: frozenset[Name]
    stages: tuple[Stage, ...] = ()


def network(graph: Graph, parameters: Collection[Name], targets: Collection[Name]) -> Network:
    """Return the network that a graph computes; raise Problem (`usage`) where it is none."""
    pictures = stages(graph, parameters)
    graph = pictures.rest
    reading = _Reading(graph, parameters, targets)
    for equation in graph.equations:
        reading.read(equation)
    layers = tuple(dict.fromkeys(reading.layers.values()))
    if not layers and not pictures.stages:
        if not parameters:
            raise _none("none of its names is a parameter", "a spec says which are, in [parameters]")
        step = next(
            (part for equation in graph.equations for part in parts(equation.formula) if _of_a_step(part)), None
        )
        if step is not None:
            raise _none(
                f"`{show(step)}` is one step of a sequence, which passes through the same weights as the others",
                "--kind computation draws a box for each step; --kind network draws layers without time",
            )
        raise _none("no parameter multiplies an input")
    sources = {term.source for layer in layers for term in layer.terms}
    names = {of: layer.name for of, layer in reading.layers.items()}
    found = [
        layer._replace(
            terms=tuple(term._replace(source=names.get(term.source, term.source)) for term in layer.terms),
            pieces=layer.pieces and layer.pieces._replace(source=names.get(layer.pieces.source, layer.pieces.source)),
        )
        for layer in layers
    ]
    depth: dict[Name, int] = {of: len(pictures.stages) for of in graph.leaves if of in sources or of in pictures.flat}
    for layer in found:
        depth[layer.name] = 1 + max(depth[source] for source in layer.sources)
    inputs = tuple(of for of in graph.leaves if of in depth)
    across = frozenset(of for of in inputs if of in reading.across)
    return Network(inputs, tuple(found), depth, across, pictures.stages)


def _units_taken(block: Formula) -> tuple[Name, bool, int] | None:
    """Return of which quantity a formula takes some units, whether those are its columns, and the first of them."""
    if not (isinstance(block, Call) and block.op in ("rows", "columns")):
        return None
    turned = is_call(block.args[0], "transpose")
    source = block.args[0].args[0] if is_call(block.args[0], "transpose") else block.args[0]
    first = number_of(block.args[1])
    if not (isinstance(source, Name) and isinstance(first, int)):
        return None
    return source, (block.op == "columns") is not turned, first


def _of_a_step(part: Formula) -> bool:
    """Return whether a formula is a row of a quantity as a column, as a layer over a sequence takes its steps."""
    inner = part.args[0] if is_call(part, "transpose") else None
    return is_call(inner, "rows") and isinstance(inner.args[0], Name) and inner.args[1] is inner.args[2]


def _none(
    why: str, hint: str = "a layer is W*x + b, then an activation; --kind computation draws any graph"
) -> Problem:
    return Problem(f"this is no network of layers: {why}", None, hint, "usage")


class _Reading:
    """Goes through the equations of a graph; a class because what was read gathers in it."""

    def __init__(self, graph: Graph, parameters: Collection[Name], targets: Collection[Name]) -> None:
        self.parameters: Final = parameters
        self.inputs: Final = {leaf for leaf in graph.leaves if leaf not in parameters and leaf not in targets}
        self.layers: Final[dict[Name, Layer]] = {}
        self.others: Final[set[Name]] = set()
        self.across: Final[set[Name]] = set()
        self.uses: Final[dict[Name, int]] = {}
        for equation in graph.equations:
            for used in names_in(equation.formula):
                self.uses[used] = self.uses.get(used, 0) + 1

    def read(self, equation: Equation) -> None:
        """Take up an equation as a layer, or as the activation of one, or as what comes after the network."""
        pieces = self.pieces(equation)
        if pieces is not None:
            self.layers[equation.name] = pieces
            return
        formula, active = equation.formula, False
        while isinstance(formula, Call) and formula.op in _ACTIVATIONS:
            formula, active = formula.args[0], True
        before = self.layers.get(formula) if isinstance(formula, Name) else None
        if before is not None and (active or formula is equation.formula):
            layer = before._replace(name=equation.name, active=before.active or active)
            for of, each in [*self.layers.items()]:
                if each is before:
                    self.layers[of] = layer
            self.layers[equation.name] = layer
            return
        found = self.affine(formula, equation.name)
        if found is None:
            self.others.add(equation.name)
        else:
            self.layers[equation.name] = found._replace(active=active)

    def pieces(self, equation: Equation) -> Layer | None:
        """Return the layer of an activation that takes several units of a layer for each of its own, else None."""
        formula, blocks = equation.formula, list[Formula]()
        op = formula.op if isinstance(formula, Call) else ""
        while op in _ACTIVATIONS and is_call(formula, op) and len(formula.args) > 1:  # f(x, y, z) is f(f(x, y), z)
            blocks = [*formula.args[1:], *blocks]
            formula = formula.args[0]
        taken = [found for block in (formula, *blocks) if (found := _units_taken(block)) is not None]
        if len(taken) < 2 or len(taken) <= len(blocks) or len({(source, across) for source, across, _ in taken}) > 1:
            return None
        source, across, _ = taken[0]
        before = self.layers.get(source)
        if before is None or before.active or before.across is not across:
            return None
        pieces = Pieces(before.name, tuple([first - 1 for _, _, first in taken]), op)
        return Layer(equation.name, (), (), before.across, active=True, pieces=pieces)

    def affine(self, formula: Formula, of: Name) -> Layer | None:
        """Return the layer that a sum of products and intercepts makes, None where it is no such sum."""
        terms: list[Term] = []
        biases: list[Bias] = []
        across = False
        for part, negative in _summands(formula):
            inner = self.layers.get(part) if isinstance(part, Name) else None
            if inner is not None and not inner.active and not negative and self.uses[inner.name] == 1:
                terms += inner.terms  # a sum that is written over several lines
                biases += inner.biases
                across = inner.across
                del self.layers[inner.name]
                continue
            bias = self.bias(part)
            if bias is not None:
                biases.append(Bias(bias, negative))
                continue
            term = self.term(part)
            if term is None:
                return None
            terms.append(term._replace(negative=negative))
            across = across or self.lies_across(part)
        return Layer(of, tuple(terms), tuple(biases), across) if terms else None

    def bias(self, part: Formula) -> Name | None:
        """Return the intercept that a summand is: alone, or once for each example."""
        for one, other in _factors(part) if is_call(part, "mul") else [(part, None)]:
            found = one.args[0] if is_call(one, "transpose") else one
            if isinstance(found, Name) and found in self.parameters and (other is None or not names_in(other)):
                return found
        return None

    def term(self, part: Formula) -> Term | None:
        """Return what a product of weights and units is; raise Problem (`usage`) where it is of something else."""
        if not is_call(part, "mul"):
            return None
        for weights, units in _factors(part):
            turned = is_call(weights, "transpose")
            of = weights.args[0] if is_call(weights, "transpose") else weights
            source, folded = _without_ones(units)
            if not isinstance(of, Name) or of not in self.parameters:
                continue
            if isinstance(source, Name) and (source in self.inputs or source in self.layers):
                if weights is part.args[1]:
                    turned = not turned
                    self.across.add(source)
                return Term(of, source, turned, folded)
            strangers = [used for used in names_in(source) if used in self.others]
            if strangers:
                raise _none(f"`{strangers[0]}` is neither W*x + b nor an activation of one")
        return None

    def lies_across(self, part: Formula) -> bool:
        """Return whether a product has its weights on the right, and so a unit a column."""
        right = part.args[1] if is_call(part, "mul") else part
        of = right.args[0] if is_call(right, "transpose") else right
        return of in self.parameters


def _without_ones(units: Formula) -> tuple[Formula, Literal["", "first", "last"]]:
    """Return the units of a formula that has a constant 1 with them, and where; otherwise the formula itself."""
    if is_call(units, "intercept"):
        return units.args[0], "first"
    row = units.args[0] if is_call(units, "matrix") and len(units.args) == 1 else units
    blocks = row.args if isinstance(row, Call) and row.op in ("row", "column") and len(row.args) == 2 else ()
    for one, other, place in zip(blocks, blocks[::-1], ("first", "last"), strict=False):
        if not names_in(one) and names_in(other):
            return other, "first" if place == "first" else "last"
    return units, ""


def _factors(part: Call) -> tuple[tuple[Formula, Formula], ...]:
    return (part.args[0], part.args[1]), (part.args[1], part.args[0])


def _summands(formula: Formula) -> list[tuple[Formula, bool]]:
    """Return the parts of a sum, each with whether it is taken away."""
    found: list[tuple[Formula, bool]] = []
    open_ = [(formula, False)]
    while open_:
        part, negative = open_.pop()
        if is_call(part, "add"):
            open_ += [(arg, negative) for arg in reversed(part.args)]
        elif is_call(part, "neg"):
            open_.append((part.args[0], not negative))
        else:
            found.append((part, negative))
    return found
