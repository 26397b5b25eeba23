"""Shape matching: which shapes derivatives have, and in which order they can be multiplied.

Of a chain `x: p -> y: r -> z: n`, and of every quantity and gradient of a model. Facts, no looks
and no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from nncalc.graph.calculus import fusible, gradient
from nncalc.graph.graph import only
from nncalc.graph.shapes import PARTS, SCALAR, Shape, Shapes, Size, Unknown, letters_in, product, text_of, with_entries
from nncalc.language.formula import Call, Formula, Name, Num, name, names_in, replace
from nncalc.ops import OPS
from nncalc.ops.kinds import Function
from nncalc.problems import Problem
from nncalc.progress import told
from nncalc.shaping.declaration import is_size, is_sized, quantities_in, sizes_in
from nncalc.shaping.inference import Question, infer, with_sizes
from nncalc.shaping.shape_text import Said, cut, declared, read_name, read_shape
from nncalc.spec.model import Model, shape_of, unknown
from nncalc.spec.sums import with_sums

Layout: TypeAlias = Literal["denominator", "numerator"]

MOST_LINKS = 100
_CHAIN_HINT = "a chain is written `x: p -> y: r -> z: n`"
_ARROW = re.compile(r"->|→")


# -- a chain -----------------------------------------------------------------------------------------


class Link(NamedTuple):
    """A quantity of a chain and its shape; `size` counts its entries."""

    name: Name
    shape: Shape
    size: Size

    @property
    def stacked(self) -> bool:
        """Whether it is no column, so that its entries are taken column under column, as `vec` does."""
        return self.shape[1] != 1


class Derivative(NamedTuple):
    """The derivative of one link by another, and its shape."""

    of: Link
    by: Link
    shape: Shape


class Product(NamedTuple):
    """Factors in an order: what they are equal to, or why they are not."""

    result: Derivative
    factors: tuple[Derivative, ...]
    shape: Shape | None
    right: bool
    why: str


class Chain(NamedTuple):
    """The derivatives of neighbours, the products that give those by the first link, and the other order."""

    layout: Layout
    links: tuple[Link, ...]
    neighbours: tuple[Derivative, ...]
    products: tuple[Product, ...]
    other: Product | None

    @property
    def whole(self) -> Derivative:
        """The derivative of the last link by the first."""
        return _derivative(self.links[-1], self.links[0], self.layout)


def chain(text: str, layout: Layout) -> Chain:
    """Return the chain that `text` spells; raise Problem (`usage` or `name`).

    >>> text_of(chain("x: p -> y: r -> z: n", "denominator").whole.shape)
    'p×n'
    """
    links = _links(text)
    neighbours = tuple(_derivative(after, before, layout) for before, after in pairwise(links))
    products: list[Product] = []
    for place in range(2, len(links)):
        result = _derivative(links[place], links[0], layout)
        before = _derivative(links[place - 1], links[0], layout)
        products.append(_product(result, _ordered((before, neighbours[place - 1]), layout)))
    if len(links) > 3:
        products.append(_product(products[-1].result, _ordered(neighbours, layout)))
    other = None
    if products:
        other = _product(products[-1].result, _ordered(neighbours, layout)[::-1], other=True)
    return Chain(layout, links, neighbours, tuple(products), other)


def _links(text: str) -> tuple[Link, ...]:
    pieces = [piece.strip() for piece in _ARROW.split(text)]
    if not any(pieces):
        raise Problem("the chain is empty", None, _CHAIN_HINT, "usage")
    if len(pieces) > MOST_LINKS:
        raise Problem(f"the chain has {len(pieces)} quantities, at most {MOST_LINKS} are read", None, None, "usage")
    found: dict[Name, Link] = {}
    for place, piece in enumerate(pieces):
        if not piece:
            where = f"after `{cut(pieces[place - 1])}`" if place else f"before `{cut(pieces[1])}`"
            raise Problem(f"a quantity is missing {where}", None, _CHAIN_HINT, "usage")
        link = _link(piece)
        if link.name in found:
            raise Problem(f"`{link.name}` stands twice in the chain", None, "each quantity has its own name", "name")
        found[link.name] = link
    if len(found) == 1:
        only_one = next(iter(found))
        raise Problem(f"a chain has at least two quantities, this one only `{only_one}`", None, _CHAIN_HINT, "usage")
    letters = {letter for link in found.values() for letter in letters_in(link.shape)}
    for n in found:
        if n.base in letters:
            raise Problem(f"`{n}` is both a quantity and a size", None, "call one of them something else", "name")
    return tuple(found.values())


def _link(piece: str) -> Link:
    left, colon, right = piece.partition(":")
    if not colon or not right.strip():
        raise Problem(f"`{cut(left.strip())}` has no size", None, f"give it one: `{cut(left.strip())}: n`", "usage")
    of = read_name(left, piece)
    said = read_shape(of, right.strip(), cut(piece))
    if said.shape is None or any(isinstance(size, Unknown) for size in said.shape):
        raise Problem(
            f"the size of `{of}` cannot be known: in a chain any size fits between its neighbours", None,
            f"give it a letter: `{of}: m`", "usage",
        )  # fmt: skip
    return Link(of, said.shape, product(*said.shape))


def _derivative(of: Link, by: Link, layout: Layout) -> Derivative:
    return Derivative(of, by, (by.size, of.size) if layout == "denominator" else (of.size, by.size))


def _ordered(factors: Sequence[Derivative], layout: Layout) -> tuple[Derivative, ...]:
    """Return factors, given from the first link on, in the order the layout multiplies them."""
    return tuple(factors) if layout == "denominator" else tuple(reversed(factors))


def _product(result: Derivative, factors: tuple[Derivative, ...], *, other: bool = False) -> Product:
    """Return the product of factors, checked against the derivative it is to be."""
    wide = [factor for factor in factors if factor.shape != SCALAR] or [factors[0]]
    clash = next(((a, b) for a, b in pairwise(wide) if a.shape[1] != b.shape[0]), None)
    if clash is not None:
        first, second = text_of((clash[0].shape[1], clash[1].shape[0])).split("×")
        return Product(result, factors, None, False, f"inner sizes {first} and {second} differ")
    shape = wide[0].shape[0], wide[-1].shape[1]
    if shape != result.shape:
        return Product(result, factors, shape, False, f"gives {text_of(shape)}, not {text_of(result.shape)}")
    if not other:
        return Product(result, factors, shape, True, "inner sizes agree")
    if len(wide) == 1:
        return Product(result, factors, shape, True, "fits as well: a number may stand on either side")
    return Product(result, factors, shape, False, "fits as well, as the sizes are equal: the layout decides")


# -- a model ------------------------------------------------------------------------------------------


class Entry(NamedTuple):
    """A quantity or gradient: its shape, the formula it has it from, and what else is to be said.

    `role` says what a given quantity is; `updates` is the parameter that a gradient updates.
    """

    name: Name
    phase: Literal["given", "forward", "backward"]
    shape: Shape
    formula: Formula | None
    role: str
    updates: bool


class Sheet(NamedTuple):
    """The shapes of a model, in reading order."""

    title: str
    entries: tuple[Entry, ...]
    notes: tuple[str, ...]
    shapes: Shapes
    whole: frozenset[str]
    arrays: frozenset[str]


def sheet(model: Model, said_shapes: Sequence[str] = ()) -> Sheet:
    """Return the shapes of every quantity and gradient of `model`; raise Problem.

    Leaves without values have the shape that is declared, or that the formulas allow.
    """
    shapes, roles = _shapes(model, said_shapes)
    model = with_sums(model, shapes)
    entries = [
        Entry(leaf, "given", shapes.of(leaf), None, roles.get(leaf) or _role(model, leaf), False)
        for leaf in model.graph.leaves
    ]
    entries += [
        Entry(equation.name, "forward", shapes.of(equation.name), equation.formula, "", False)
        for equation in model.graph.equations
    ]
    notes = list(model.notes)
    output = model.output
    if output is not None and shapes.of(output) != SCALAR:
        notes.append(f"`{output}` is {text_of(shapes.of(output))}; only a number has a gradient")
    elif output is not None:
        wanted = model.parameters or tuple(leaf for leaf in model.graph.leaves if leaf not in model.targets)
        entries += _gradients(model, shapes, output, [leaf for leaf in wanted if roles.get(leaf) != "a size"])
    names = model.graph.names
    whole, arrays = frozenset(n.base for n in names), with_entries(names, shapes)
    return Sheet(model.title, tuple(entries), tuple(notes), shapes, whole, arrays)


def _gradients(model: Model, shapes: Shapes, output: Name, wanted: Sequence[Name]) -> list[Entry]:
    found = gradient(model.graph, shapes, output, wanted, None, fusible(model.graph))
    slopes = [name(of.base, of.index, of=output) for of in wanted]
    kept = only(found, [slope for slope in slopes if slope in found.by_name])
    return [
        Entry(
            equation.name, "backward", shapes.of(equation.name), equation.formula, "",
            name(equation.name.base, equation.name.index) in model.parameters,
        )
        for equation in kept.equations
        if equation.name.base != output.base
    ]  # fmt: skip


def _role(model: Model, leaf: Name) -> str:
    kinds = {"parameter": model.parameters, "target": model.targets, "input": model.inputs, "given": model.starts}
    role = next((kind for kind, names in kinds.items() if leaf in names), "input")
    lie = "row" if model.conventions.rows else "column"
    return f"{role}, an example a {lie}" if leaf in model.per_example else role


def _shapes(model: Model, said_shapes: Sequence[str]) -> tuple[Shapes, dict[Name, str]]:
    """Return the shapes of a model, and why its leaves without values have theirs."""
    said = declared(said_shapes)
    given = {leaf: shape_of(rows) for leaf, rows in model.given.items()}
    for n in said:
        if n not in model.graph.leaves:
            if n in model.graph.by_name:
                raise Problem(f"`{n}` is computed, its shape follows", None, "declare what it is made from", "usage")
            raise unknown(n.base, [leaf.base for leaf in model.graph.leaves], None)
        if n in given:
            raise Problem(f"`{n}` has a value, which has its shape", None, "leave one of them out", "usage")
    if all(leaf in given for leaf in model.graph.leaves):
        return model.shapes(), {}
    question = _question(model, given, said)
    found = infer(question)
    roles = {n: found.reasons.get(n, "declared") for n in question.quantities if n not in given}

    shapes = with_sizes(question, given | found.given)
    for equation in told(model.graph.equations, "matching"):
        shapes.name(equation.name, shapes.of(equation.formula))
    sizes = {leaf: "a size" for leaf in model.graph.leaves if leaf.base in question.sizes}
    return shapes, roles | sizes


def _question(model: Model, given: Mapping[Name, Shape], said: Mapping[Name, Said]) -> Question:
    """Return what is known of a model's leaves, its equations put into each other."""
    inside: dict[Formula, Formula] = {}
    for equation in model.graph.equations:
        inside[equation.name] = replace(equation.formula, inside)
    formulas = tuple(inside.values())
    quantities = tuple(dict.fromkeys(n for formula in formulas for n in quantities_in(formula)))
    sizes = {size for formula in formulas for size in sizes_in(formula)}
    known = {n: each.shape for n, each in said.items() if each.shape is not None} | dict(given)
    sizes |= {letter for shape in known.values() for letter in letters_in(shape)}
    for n in quantities:
        if n.base in sizes:
            raise Problem(f"`{n}` is both a quantity and a size", None, "call one of them something else", "name")
    return Question(formulas, {}, quantities, frozenset(sizes), known, frozenset())


# -- a formula in shapes --------------------------------------------------------------------------------


def in_shapes(formula: Formula, shapes: Shapes) -> str:
    """Return a formula with the shapes of its parts in their places: `(2×3)(3×1)` for a product.

    What acts entry by entry changes no shape, and numbers have none to match; where nothing else is left
    the result is empty.
    """
    text = _in_shapes(formula, shapes)
    return "" if text == text_of(shapes.of(formula)) else text


def _in_shapes(part: Formula, shapes: Shapes) -> str:
    shape = text_of(shapes.of(part))
    if not isinstance(part, Call) or not names_in(part) or shapes.of(part) == SCALAR == _widest(part, shapes):
        return shape
    if part.op == "mul":
        factors = [factor for factor in _factors(part) if not isinstance(factor, Num)]
        texts = [_in_shapes(factor, shapes) for factor in factors]
        return texts[0] if len(texts) == 1 else "".join(f"({text})" for text in texts)
    if part.op in ("add", "hadamard", "hdiv"):
        return _joined(part, shapes)
    if part.op == "neg" or (OPS[part.op].entrywise and len(part.args) == 1):
        return _in_shapes(part.args[0], shapes)
    notation = OPS[part.op].notation
    if part.op in PARTS:
        return shape
    if isinstance(notation, Function) and part.op not in ("intercept", "trim") and not is_sized(part):
        inside = [_in_shapes(arg, shapes) for place, arg in enumerate(part.args) if not is_size(part, place)]
        inside += [f"each {notation.over.removesuffix('s')}"] * bool(notation.over)
        return f"{notation.word}({', '.join(inside)})"
    return shape


def _joined(part: Call, shapes: Shapes) -> str:
    """Return the shapes of terms or of factors entry by entry, numbers left out."""
    found = ""
    for arg in part.args:
        if isinstance(arg, Num):
            continue
        text = _in_shapes(arg, shapes)
        minus = isinstance(arg, Call) and arg.op == "neg"
        sign = {"hadamard": " ⊙ ", "hdiv": " ⊘ "}.get(part.op, " − " if minus else " + ")
        found += (sign if found else "") + (f"({text})" if " " in text and part.op != "add" else text)
    return found


def _widest(part: Call, shapes: Shapes) -> Shape:
    """Return the shape of an argument that is no number, if there is one."""
    return next((shapes.of(arg) for arg in part.args if shapes.of(arg) != SCALAR), SCALAR)


def _factors(part: Formula) -> list[Formula]:
    if isinstance(part, Call) and part.op == "mul":
        return [*_factors(part.args[0]), *_factors(part.args[1])]
    return [part]
