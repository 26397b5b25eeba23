"""Whether a stationary point is a minimum: said where the form of the second derivative proves it, else not.

Knows formulas and what is assumed of them, no values.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from nncalc.algebra.normal import Algebra
from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Term, TooLong
from nncalc.deriving.definite import Signs, smooth_everywhere
from nncalc.deriving.derivation import Setting
from nncalc.deriving.ground import Ground, folded
from nncalc.deriving.operator import matrix_before
from nncalc.deriving.reverse import gradient_of
from nncalc.deriving.signed import sign_of
from nncalc.graph.rules import rule
from nncalc.graph.sizes import SCALAR, Shape
from nncalc.language.formula import Call, Formula, Name, call, is_call, name, names_in, num, parts, product, replace
from nncalc.ops import OPS
from nncalc.problems import Problem


class Extremum(NamedTuple):
    """What a stationary point is known to be: a `minimum`, a `maximum`, or nothing.

    `shown` is the second derivative: its form proves the kind, or its sign would decide; `there` says that it is meant
    at the point. By a matrix it may be what it comes to in a `direction`. `everywhere` says that the function is smooth
    for all numbers, so that a convex one has no lower point elsewhere. `definite` is the word for a matrix that has one
    sign, `turned` says that it is a maximum where what is shown is positive.
    """

    kind: str = ""
    shown: Formula | None = None
    there: bool = False
    everywhere: bool = False
    direction: Name | None = None
    definite: str = ""
    turned: bool = False


class Second(NamedTuple):
    """What the second derivative of a function is read from; `positive` and `other`, not 0, are numbers at the points.

    `values` are functions of the unknown at a point.
    """

    setting: Setting
    ground: Ground
    positive: tuple[Formula, ...] = ()
    other: tuple[Formula, ...] = ()
    values: tuple[tuple[Formula, Formula], ...] = ()

    @property
    def simplifier(self) -> Simplifier:
        return self.ground.simplifier

    @property
    def signs(self) -> Signs:
        return self.ground.signs

    def extremum(self, point: Formula | None) -> Extremum:
        """Return what a point is; None is one that is not written as a matrix, where the function is quadratic."""
        point = self.ground.hide(point) if point is not None else None
        try:
            vector = 1 in self.setting.shapes.of(self.setting.wrt)
            found = self.of_vector(point) if vector else self.of_matrix(point)
        except (Problem, TooLong):
            return Extremum()
        return found._replace(shown=self.ground.back(found.shown)) if found.shown is not None else found

    def of_vector(self, point: Formula | None) -> Extremum:
        """Return what a point is of a function of a number or a vector."""
        wrt, signs, raw = self.setting.wrt, self.signs, self.simplifier.raw
        shape = self.setting.shapes.of(wrt)
        hessian = self.hessian(num(1) if shape == SCALAR else self.fresh("g", shape))
        for kind, body in _signed(hessian):
            if self.semidefinite(body):
                return Extremum(kind, hessian, everywhere=smooth_everywhere(self.setting.formula, wrt))
        there = wrt in names_in(hessian) and point is not None
        if there:
            hessian = self.at(hessian, point)  # type: ignore[arg-type]
        hessian = self.number_of(hessian)
        if self.setting.shapes.of(hessian) == SCALAR:
            return self.of_number(hessian, there=there)
        for kind, body in _signed(hessian) if there else ():
            if signs.full(self.simplifier.simplest(body), raw):
                return Extremum(kind, hessian, there=True, definite=" definite")
        return Extremum("", hessian, there=there, definite=" definite")

    def semidefinite(self, matrix: Formula) -> bool:
        """Return whether the form of a matrix shows it to be positive semidefinite, as it stands or multiplied out."""
        return any(self.signs.semidefinite(matrix, algebra) for algebra in self.algebras())

    def algebras(self) -> Iterator[Algebra]:
        yield self.simplifier.raw
        yield Algebra(self.setting.shapes, self.setting.facts, expand=True)

    def of_number(self, second: Formula, *, there: bool) -> Extremum:
        """Return what a second derivative says that is a number."""
        for kind, body in _signed(second):
            if self.signs.is_positive(self.simplifier.simplest(body)):
                return Extremum(kind, second, there=there)
        sign, odd = sign_of(second, self.signs, self.simplifier.raw, self.positive, self.other)
        if sign and not odd:
            return Extremum("minimum" if sign > 0 else "maximum", second, there=there)
        if odd:
            second = self.simplifier.simplest(product(sorted(odd, key=repr)))
        return Extremum("", second, there=there, turned=sign < 0)

    def at(self, formula: Formula, point: Formula) -> Formula:
        """Return a formula at a point, where functions of it that were undone have the value they were undone from."""
        known: dict[Formula, Formula] = {}
        for kernel, result in self.values:
            assert isinstance(kernel, Call)
            undone = OPS[kernel.op].undone
            assert undone is not None
            inside = self.simplifier.simplest(replace(rule(undone.argument), {name("c"): result}))
            if inside is replace(kernel.args[0], {self.setting.wrt: point}):
                known[kernel] = result
        found = replace(replace(formula, known), {self.setting.wrt: point})
        number = self.setting.shapes.of(found) == SCALAR
        found = self.ground.together(found) if number else folded(self.simplifier.simplest(found))
        return found if number else self.simplifier.simplest(found)

    def of_matrix(self, point: Formula | None) -> Extremum:
        """Return what a point is of a function of a matrix: by the second derivative in every direction V."""
        wrt, shapes = self.setting.wrt, self.setting.shapes
        v = self.fresh("Delta", shapes.of(wrt))
        along = gradient_of(self.ground.gradient, wrt, v, shapes, self.simplifier)
        quadratic = wrt not in names_in(along)
        if not quadratic:
            if point is None:
                return Extremum()
            along = self.simplifier.simplest(replace(along, {wrt: point}))
        symmetric = wrt in self.setting.facts.symmetric
        for kind, body in _signed(along):
            if any(self.grows(body, v, each, symmetric=symmetric) > (not quadratic) for each in self.algebras()):
                if quadratic:
                    everywhere = smooth_everywhere(self.setting.formula, wrt)
                    return Extremum(kind, self.hessian(v), everywhere=everywhere)
                return Extremum(kind, call("inner", v, along), there=True, direction=v)
        if not quadratic:
            return self.of_multiple(along, v, symmetric=symmetric)
        hessian = self.number_of(self.hessian(v))
        if any(is_call(part, "comm") for part in parts(hessian)):
            return Extremum()  # of one sign for no matrix but a number
        if shapes.of(hessian) == SCALAR:
            return self.of_number(hessian, there=False)
        return Extremum("", hessian, definite=" definite")

    def of_multiple(self, along: Formula, v: Name, *, symmetric: bool) -> Extremum:
        """Return what a second derivative says that is a number times one that is positive in every direction."""
        algebra = self.simplifier.raw
        ((term, value),) = algebra.single(algebra.normal(along), self.setting.shapes.of(v)).items()
        bare = algebra.formula({Term((), term.chain): Fraction(1)}, self.setting.shapes.of(v))
        if self.grows(bare, v, algebra, symmetric=symmetric) < 2:
            return Extremum()
        return self.of_number(algebra.formula({Term(term.scalars, ()): value}, SCALAR), there=True)

    def fresh(self, wish: str, shape: Shape) -> Name:
        """Return a name that nothing has, of this shape."""
        found = self.ground.fresh(wish)
        self.setting.shapes.name(found, shape)
        return found

    def hessian(self, arriving: Formula) -> Formula:
        """Return the second derivative, by a matrix that of vec(gradient)."""
        setting = self.setting
        share = gradient_of(self.ground.gradient, setting.wrt, arriving, setting.shapes, self.simplifier)
        if isinstance(arriving, Name):
            share = self.simplifier.simplest(matrix_before(share, arriving, setting.shapes))
        return share

    def number_of(self, hessian: Formula) -> Formula:
        """Return a multiple of the identity as the number it multiplies by, whose sign is its own."""
        found = self.simplifier.raw.normal(hessian)
        if not found or not all(len(term.chain) == 1 and _is_identity(term.chain[0]) for term in found):
            return hessian
        number = {Term(term.scalars, ()): value for term, value in found.items()}
        return self.simplifier.simplest(self.simplifier.raw.formula(number, SCALAR))

    def grows(self, along: Formula, v: Name, algebra: Algebra, *, symmetric: bool) -> int:
        """Return 2 where tr(V' along) is positive for every V but 0, 1 where it is a sum of squares, else 0."""
        strict = False
        for term, value in algebra.normal(along).items():
            chain = [each.args[0] if symmetric and is_call(each, "transpose") else each for each in term.chain]
            if chain.count(v) != 1:
                return 0
            place = chain.index(v)
            left, right = Term(term.scalars, term.chain[:place]), Term((), term.chain[place + 1 :])
            if not (self.signs.square(left, value, algebra) and self.signs.square(right, Fraction(1), algebra)):
                return 0
            definite = all(
                len(side.chain) < 2 and all(map(self.signs.is_definite, side.chain)) for side in (left, right)
            )
            strict = strict or (definite and all(self.signs.is_positive(base) for base, _ in term.scalars))
        return 1 + strict


def _is_identity(matrix: Formula) -> bool:
    return is_call(matrix, "eye") or (is_call(matrix, "kron") and all(map(_is_identity, matrix.args)))


def _signed(formula: Formula) -> tuple[tuple[str, Formula], ...]:
    return (("minimum", formula), ("maximum", call("neg", formula)))
