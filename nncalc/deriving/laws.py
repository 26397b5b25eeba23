"""Rules of the operation table as equations for any arguments, for the lines that use them.

Knows formulas, shapes and rules.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Facts
from nncalc.deriving.reverse import Pair, gradient_of, only_scales
from nncalc.graph.calculus import arguments
from nncalc.graph.rules import has_square
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR, size_formula
from nncalc.language.formula import Call, Formula, Name, call, folded, name, names_in, num, total
from nncalc.ops import OPS
from nncalc.ops.kinds import Operation

#: What the arguments of max(u, v, w) are called.
_LETTERS = "uvwpqr"
MINUS = call("neg", num(1))


class Law(NamedTuple):
    """The rule of the operation table that a line uses: for any g, `left` is `right`."""

    left: Formula
    right: Formula


def met(pair: Pair, shapes: Shapes) -> Formula:
    """Return ⟨G, d(E)⟩, which among numbers is a product."""
    d = call("differential", pair.of)
    if shapes.of(pair.of) == SCALAR:
        if pair.gradient in (num(1), MINUS):
            return d if pair.gradient is not MINUS else call("neg", d)
        return call("mul", pair.gradient, d)
    return call("inner", pair.gradient, d)


def laws_of(used: tuple[Call, ...], wrt: Name | Collection[Name], shapes: Shapes) -> list[Law]:
    """Return the rules of the table that a line used, each once."""
    found: list[Law] = []
    skip: Formula | None = None
    for part in used:
        if only_scales(part) or part is skip:
            continue
        inner = part.args[0]
        joint = part.op == "pow" and has_square(inner)
        skip = inner if joint else None
        law = law_of(part, wrt, shapes)
        if law not in found:
            found.append(law)
    return _whole(found)


def _whole(laws: list[Law]) -> list[Law]:
    """Return rules of which none is a part of another: where both factors of products vary, the product's rule."""
    found = list(laws)
    for rule in _PRODUCTS:
        mine = [law for law in found if law.left is rule.left and {*_terms(law.right)} <= {*_terms(rule.right)}]
        if len(mine) > 1:
            place = found.index(mine[0])
            found = [law for law in found if law not in mine]
            found.insert(place, rule)
    return found


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.args if isinstance(formula, Call) and formula.op == "add" else (formula,)


def _product(op: str, g: Formula, first: Formula, second: Formula) -> Law:
    """Return the rule of a product, of which the factors receive `first` and `second`."""
    args = name("A"), name("B")
    if op == "hadamard":
        args = name("x"), name("y")
    one, other = (call("differential", arg) for arg in args)
    d = call("differential", call(op, *args))
    left = d if g is num(1) else call("inner", g, d)
    return Law(left, call("add", call("inner", first, one), call("inner", second, other)))


_A, _B, _X, _Y, _G = map(name, "ABxyg")
#: The rules of products, of which a line that varies one factor uses a part.
_PRODUCTS = (
    _product("mul", _G, call("mul", _G, call("transpose", _B)), call("mul", call("transpose", _A), _G)),
    _product("mul", num(1), call("transpose", _B), call("transpose", _A)),
    _product("hadamard", _G, call("hadamard", _G, _Y), call("hadamard", _G, _X)),
)


def _seed(whole: Call, own: Shapes) -> Formula:
    """Return the gradient that a rule is said for: any g, but for a power that has as many terms as a letter says."""
    shape = own.of(whole)
    if shape == SCALAR:
        return num(1)
    if whole.op == "pow" and own.whole:
        return call("eye", size_formula(shape[0]))
    own.name(name("g"), shape)
    return name("g")


def _places(op: Operation, count: int) -> list[str]:
    """Return what the rule of an operation on so many arguments calls them."""
    places = [*op.args, *op.settings]
    if op.folds and len(places) < count <= len(_LETTERS):
        return [*_LETTERS]
    return places if count <= len(places) else [f"{op.args[0]}{i + 1}" for i in range(count)]


def law_of(part: Call, wrt: Name | Collection[Name], shapes: Shapes) -> Law:
    """Return the rule of one operation as an equation for any arguments and any g; a number's needs no g."""
    op = OPS[part.op]
    own = Shapes({})
    letters: list[Formula] = []
    args = arguments(part, shapes)
    for letter, arg in zip(_places(op, len(args)), args, strict=False):
        if not names_in(arg):
            letters.append(arg)
            continue
        each: Formula = name(letter)
        if part.op == "pow" and has_square(arg):
            own.name(name("u"), shapes.of(arg.args[0]))
            each = call(arg.op, name("u"))
        else:
            own.name(name(letter), shapes.of(arg))
        letters.append(each)
    whole = call(part.op, *letters) if len(args) == len(part.args) else folded(part.op, letters)
    if part.op == "pow" and shapes.is_whole(part.args[1]):
        own.whole = frozenset(names_in(letters[1]))
    shape = own.of(whole)
    seed = _seed(whole, own)
    simplifier = Simplifier(own, Facts(), [whole])
    names = {wrt} if isinstance(wrt, Name) else {*wrt}
    active = [n for n, arg in zip(letters, args, strict=True) if not names.isdisjoint(names_in(arg))]
    if op.chooses and letters[0] in active[:-1]:
        active = active[1:]  # what decides is constant but for jumps
    inner = [names_in(each)[0] for each in active]
    terms = [met(Pair(gradient_of(whole, each, seed, own, simplifier), each), own) for each in inner]
    d = call("differential", whole)
    return Law(d if shape == SCALAR else call("inner", seed, d), total(terms))
