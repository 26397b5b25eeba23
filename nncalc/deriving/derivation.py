"""Derivations: the lines from a formula to its derivative, as facts. How they look is the renderer's business.

A line is an equation of formulas that is true whatever the matrices are: `f = ...`,
`df = ⟨G, d(E)⟩`, `∂f/∂x = ...`. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from nncalc.algebra.cost import cost
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Facts
from nncalc.deriving.laws import Law, laws_of, met
from nncalc.deriving.naming import unused
from nncalc.deriving.operator import matrix_before
from nncalc.deriving.reverse import TOGETHER, Pair, Stage, gradient_of, reverse, zero
from nncalc.graph.graph import Equation
from nncalc.graph.shapes import Shapes, zeros
from nncalc.graph.sizes import SCALAR, Shape, Size, product, text_of
from nncalc.language.formula import Call, Formula, Name, call, name, names_in, num, parts, total
from nncalc.page import Note
from nncalc.problems import Problem
from nncalc.progress import told

Layout: TypeAlias = Literal["denominator", "numerator"]


class Step(NamedTuple):
    """One line: `left = right`, with the shape of what the line is about, why it holds, and the laws it uses.

    `left` is None where the line goes on from the one before. `gradient` lists what stands in ⟨G, d(E)⟩.
    """

    left: Formula | None
    right: Formula
    shape: Shape
    why: str | Note = ""
    laws: tuple[Law, ...] = ()
    pairs: tuple[Pair, ...] = ()


class Setting(NamedTuple):
    """What is differentiated, by what, and how it is written.

    `definitions` are the equations by which a person said it, that of `of` the last; `formula` has them put in.
    `origin` is what the variable is made of, where it is one of a person's own names; `reserved` are names that stand
    for something else on the page. `sums` has what was written with sums over an index, by what it is in matrices.
    """

    formula: Formula
    wrt: Name
    of: Name
    shapes: Shapes
    facts: Facts
    layout: Layout = "denominator"
    hessian: bool = False
    definitions: tuple[Equation, ...] = ()
    origin: Formula | None = None
    reserved: tuple[Name, ...] = ()
    sums: Mapping[Formula, Formula] = MappingProxyType({})

    @property
    def body(self) -> Formula:
        """The formula as a person said it."""
        return self.definitions[-1].formula if self.definitions else self.formula

    @property
    def taken(self) -> list[Formula]:
        """Formulas whose names nothing else may have."""
        return [self.formula, self.of, self.wrt, *(each.name for each in self.definitions), *self.reserved]


class Check(NamedTuple):
    """What is to be compared with the complex step: `found`, the derivative of `formula` by `wrt`.

    It is `turned` where it is the transpose.
    """

    found: Formula
    formula: Formula
    wrt: Name
    turned: bool


class Derivation(NamedTuple):
    """Lines, and what they come to: a formula of this shape, in the layout that was asked for.

    `gradient` is the first derivative where a Hessian was derived, else the derivative in denominator layout, of which
    `derivative` is the transpose where it is `turned`. `vectorised` says that it is that of vec(y) by vec(x).
    With definitions it is `named` in the names a person gave and in those of `slopes`, each an equation from earlier
    ones, and `written` says whether it is short enough without them; `checks` are the other lines that are compared
    with numbers.
    """

    setting: Setting
    steps: tuple[Step, ...]
    derivative: Formula
    shape: Shape
    gradient: Formula
    vectorised: bool = False
    turned: bool = False
    named: Formula | None = None
    written: bool = True
    slopes: tuple[Equation, ...] = ()
    checks: tuple[Check, ...] = ()

    @property
    def shown(self) -> Formula:
        """The derivative as the last line has it, where names of a person may stand in it."""
        return self.derivative if self.written or self.named is None else self.named


def derivation(setting: Setting) -> Derivation:
    """Return the derivation of a derivative by the rules of the operation table, line by line; raise Problem.

    The source of the rules is the table; those of the layouts are J. R. Magnus and H. Neudecker, Matrix
    Differential Calculus (numerator), and its transpose (denominator).
    """
    shapes = setting.shapes
    shape = shapes.of(setting.formula)
    shapes.name(setting.of, shape)
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    steps = [Step(setting.of, setting.formula, shape)]
    formula = _prepared(setting, simplifier)
    if formula is not setting.formula:
        steps.append(Step(None, formula, shape, "numbers are taken out, powers and norms written plainly"))
    if shape != SCALAR:
        if setting.hessian:
            raise Problem(
                f"a Hessian belongs to a number, the expression is {text_of(shape)}", None,
                "leave out --hessian, or differentiate its sum", "shape",
            )  # fmt: skip
        return _jacobian(setting, formula, simplifier, steps, name(setting.wrt.base, of=setting.of))
    more, found = _gradient(setting, formula, simplifier, name(setting.wrt.base, of=setting.of))
    if not setting.hessian:
        return finished(setting, [*steps, *more], found, shapes.of(setting.wrt), simplifier)
    return hessian_of(setting, [*steps, *more], found)


def _prepared(setting: Setting, simplifier: Simplifier) -> Formula:
    """Return the formula to differentiate: a Kronecker product is first freed of the numbers in it."""
    for part in parts(setting.formula):
        if isinstance(part, Call) and part.op == "kron" and setting.wrt in names_in(part):
            return simplifier.simplest(setting.formula)
    return setting.formula


def _gradient(setting: Setting, formula: Formula, simplifier: Simplifier, left: Name) -> tuple[list[Step], Formula]:
    """Return the lines from df to ∂f/∂x for a number f, and ∂f/∂x."""
    shapes, wrt = setting.shapes, setting.wrt
    shape = shapes.of(wrt)
    if formula is wrt:
        return [Step(left, num(1), shape, "the derivative of a quantity by itself")], num(1)
    stages = reverse(formula, wrt, num(1), shapes, simplifier.simplest)
    if not stages[0].pairs:
        found = zero(shapes, wrt)
        return [Step(left, found, shape, f"`{wrt}` does not occur")], found
    steps = lines_of(stages, call("differential", setting.of), wrt, shapes)
    found = simplifier.simplest(stages[-1].pairs[0].gradient)
    return [*steps, Step(left, found, shape, "read off")], found


def lines_of(stages: list[Stage], left: Formula, wrt: Name | Collection[Name], shapes: Shapes) -> list[Step]:
    """Return the lines of a differential moved inwards; `left` is what the first is equal to."""
    steps: list[Step] = []
    laws: list[Law] = []
    for stage in told(stages[1:], "explaining"):
        laws += [law for law in laws_of(stage.used, wrt, shapes) if law not in laws]
        right = total([met(pair, shapes) for pair in stage.pairs])
        begins = total([met(pair, shapes) for pair in stage.left]) if stage.left else None
        if stage.why == TOGETHER and begins is None:
            begins = left
        if steps and begins is None and steps[-1].right is right:
            continue
        lead = max(stage.pairs, key=lambda pair: cost(pair.gradient))
        steps.append(
            Step(begins if steps else left, right, shapes.of(lead.gradient), stage.why, tuple(laws), stage.pairs)
        )
        laws = []
    return steps


def _jacobian(setting: Setting, formula: Formula, simplifier: Simplifier, steps: list[Step], left: Name) -> Derivation:
    """Return the derivation of a vector's or a matrix's derivative: ⟨g, dy⟩ for any g, then the matrix before g."""
    shapes, wrt = setting.shapes, setting.wrt
    of, by = shapes.of(formula), shapes.of(wrt)
    g = unused("g", setting.taken, shapes.letters)
    shapes.name(g, of)
    whole = SCALAR not in {of, by} and not (1 in of and 1 in by)
    shape = jacobian_shape(of, by)
    found: Formula
    if wrt not in names_in(formula):
        found = zeros(shape)
        steps = [*steps, Step(left, found, shape, f"`{wrt}` does not occur")]
        return finished(setting, steps, found, shape, simplifier, vectorised=whole)
    stages = reverse(formula, wrt, g, shapes, simplifier.simplest)
    steps = [*steps, *lines_of(stages, call("inner", g, call("differential", setting.of)), wrt, shapes)]
    share = stages[-1].pairs[0].gradient if formula is not wrt else g
    if by == SCALAR:
        found = gradient_of(share, g, num(1), shapes, simplifier)
        if len(steps) > 1:
            met = call("inner", g, simplifier.simplest(found))
            steps[-1] = steps[-1]._replace(right=call("mul", met, call("differential", wrt)))
        found = call("transpose", found) if of[1] == 1 else found
        why = "what g meets; a column is laid down as a row" if of[1] == 1 else "what g meets"
    else:
        found = matrix_before(share, g, shapes)
        why = "the matrix before vec(g)" if whole else "the matrix before g"
    found = simplifier.simplest(found)
    steps.append(Step(left, found, shape, why))
    return finished(setting, steps, found, shape, simplifier, vectorised=whole)


def jacobian_shape(of: Shape, by: Shape) -> Shape:
    """Return the shape of ∂y/∂x in denominator layout: size of x by size of y; by a number, y's own, a column lying."""
    if by == SCALAR:
        return (of[1], of[0]) if of[1] == 1 else of
    return _count(by), _count(of)


def _count(shape: Shape) -> Size:
    return product(*shape)


def hessian_of(setting: Setting, steps: list[Step], gradient: Formula) -> Derivation:
    """Return the derivation of a Hessian: the derivative of the gradient."""
    shapes, wrt = setting.shapes, setting.wrt
    slope = name(wrt.base, of=setting.of)
    shapes.name(slope, shapes.of(wrt))
    simplifier = Simplifier(shapes, setting.facts, [setting.formula, gradient])
    inner = setting._replace(formula=gradient, of=slope, hessian=False)
    hessian = unused("H", setting.taken, shapes.letters)
    if shapes.of(wrt) == SCALAR:
        more, found = _gradient(inner, gradient, simplifier, hessian)
        return finished(setting, [*steps, *more], found, SCALAR, simplifier)._replace(gradient=gradient)
    done = _jacobian(inner, gradient, simplifier, steps, hessian)
    return done._replace(setting=setting, gradient=gradient)


def finished(
    setting: Setting,
    steps: list[Step],
    found: Formula,
    shape: Shape,
    simplifier: Simplifier,
    *,
    vectorised: bool = False,
) -> Derivation:
    """Return the derivation in the layout that was asked for; the other one's matrix is the transpose."""
    derivative = found
    turns = setting.layout == "numerator" and shape != SCALAR and not _tangent(setting)
    if turns:
        derivative, shape = simplifier.simplest(call("transpose", found)), (shape[1], shape[0])
        steps = [*steps[:-1], steps[-1]._replace(right=derivative, shape=shape)]
    return Derivation(setting, tuple(steps), derivative, shape, found, vectorised, turns)


def _tangent(setting: Setting) -> bool:
    """Return whether a matrix is differentiated by a number: then the result has its shape in every layout."""
    return setting.shapes.of(setting.wrt) == SCALAR and 1 not in setting.shapes.of(setting.formula)
