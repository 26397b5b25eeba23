"""What is asked of a derivation and what comes of it: lines, the stationary point, a verdict, numbers.

Puts the passes in order; each does its work elsewhere. What needs NumPy is imported where it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from nncalc.algebra.simplest import Simplifier
from nncalc.deriving.derivation import Derivation, Setting, Step, derivation
from nncalc.deriving.question import Wanted, asked
from nncalc.deriving.statements import put_in
from nncalc.graph.sizes import SCALAR
from nncalc.graph.sums import in_matrices, settled
from nncalc.language.formula import Formula, Name, call, name, names_in, num, replace
from nncalc.language.indexing import from_0
from nncalc.language.parser import Known, read
from nncalc.problems import Problem, Span, in_text
from nncalc.shaping.declaration import Declaration, quantities_in

if TYPE_CHECKING:
    from nncalc.deriving.answer import Verdict
    from nncalc.deriving.definite import Signs
    from nncalc.deriving.extremum import Extremum, Second
    from nncalc.deriving.ground import Need
    from nncalc.deriving.stationary import Stationary

__all__ = ["Result", "Wanted", "derive"]


class Result(NamedTuple):
    """A derivation with all that was asked beside it.

    `drawn` counts the random draws at which it agreed with the complex step, None where it was not checked.
    `idle` are names that were defined and that nothing needs.
    """

    wanted: Wanted
    declaration: Declaration
    derivation: Derivation
    stationary: Stationary | None = None
    extrema: tuple[Extremum, ...] = ()
    verdict: Verdict | None = None
    drawn: int | None = None
    idle: tuple[Name, ...] = ()

    @property
    def extremum(self) -> Extremum:
        """Return what the first stationary point is."""
        from nncalc.deriving.extremum import Extremum

        return self.extrema[0] if self.extrema else Extremum()

    @property
    def assumed(self) -> Mapping[Name, frozenset[str]]:
        return self.declaration.assumptions


def derive(wanted: Wanted) -> Result:
    """Return the derivation that is asked for, checked; raise Problem at the place in the expression."""
    declaration, setting, idle, functions = asked(wanted)
    found = _derived(setting, wanted)
    result = Result(wanted, declaration, found, idle=idle)
    if wanted.verify:
        from nncalc.deriving.verify import verify

        result = result._replace(drawn=verify(found, declaration.assumptions))
    if wanted.solve:
        result = _solved(result)
    if wanted.answer is not None:
        result = _judged(result, _answer(wanted.answer, declaration, result, functions))
    return result


def _judged(result: Result, answer: Formula) -> Result:
    """Return the result with the verdict on an answer: to where the derivative is zero, where that was found."""
    from nncalc.deriving.answer import judge
    from nncalc.deriving.solution import is_of_solution, judge_solution

    found, there = result.derivation, result.stationary
    if there is not None and is_of_solution(there, answer, found.setting.wrt):
        return result._replace(verdict=judge_solution(found, there, answer, result.assumed))
    return result._replace(verdict=judge(found, answer, result.assumed))


def _derived(setting: Setting, wanted: Wanted) -> Derivation:
    """Return the derivation by the method that is asked for."""
    number = setting.shapes.of(setting.formula) == SCALAR
    if setting.wrt not in names_in(setting.formula):
        return with_definitions(derivation(setting))
    if wanted.chain or (setting.definitions and not number and wanted.method == "rules"):
        from nncalc.deriving.chain import chain

        return chain(setting)
    if wanted.method == "expand":
        from nncalc.deriving.expansion import expansion

        return with_definitions(expansion(setting))
    if wanted.method == "element" and setting.definitions and number and not setting.hessian:
        from nncalc.deriving.elements_back import elements_back

        return elements_back(setting)
    if wanted.method == "element":
        from nncalc.deriving.element import element_derivation

        return with_definitions(element_derivation(setting))
    if setting.definitions:
        from nncalc.deriving.backwards import backwards

        return backwards(setting)
    return derivation(setting)


def with_definitions(found: Derivation) -> Derivation:
    """Return a derivation that begins with the definitions, and goes on with what they stand for put in."""
    setting = found.setting
    if not setting.definitions:
        return found
    first, *more = found.steps
    stated = [Step(each.name, each.formula, setting.shapes.of(each.name)) for each in setting.definitions]
    whole = first._replace(left=None, why="with what the names stand for")
    return found._replace(steps=(*stated, whole, *more))


def _answer(text: str, declaration: Declaration, result: Result, functions: frozenset[str]) -> Formula:
    """Return a person's answer as a formula, names on the way put in; raise Problem where it cannot be read or fit."""
    from nncalc.spec.model import unknown

    setting = result.derivation.setting
    meaning = put_in([*setting.definitions, *result.derivation.slopes[:-1]])
    quantities = {*quantities_in(setting.formula), setting.wrt, *meaning}
    known = {each.base for each in quantities if isinstance(each, Name)} | declaration.shapes.letters
    try:
        parsed = read(text, Known(known, functions=functions, whole=True))
        sums = in_matrices(from_0(parsed.formula, declaration.shapes.from_0))
        for used in quantities_in(sums.formula):
            if used.base not in known or (used.of is not None and used not in meaning):
                raise unknown(used.id, sorted(known), parsed.spans.get(used))
        declaration.shapes.of(sums.formula)
        formula = settled(sums, declaration.shapes)
    except Problem as problem:
        span = problem.where if isinstance(problem.where, Span) else Span(0, len(text))
        raise problem.at(in_text("--answer", text, span)) from None
    return replace(formula, meaning)


def _solved(result: Result) -> Result:
    """Return the result with the stationary points, or the reason why there are none."""
    from nncalc.deriving.extremum import Second
    from nncalc.deriving.stationary import Solver, Stationary

    setting = result.derivation.setting
    shapes = setting.shapes
    if shapes.of(setting.formula) != SCALAR:
        reason = "only a number has a stationary point; the expression is a vector or a matrix"
        return result._replace(stationary=Stationary((), reason))
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    signs = signs_of(result)
    solver = Solver(result.derivation.gradient, simplifier, setting, signs)
    found = solver.solve()
    found = _needed(result, found, simplifier)
    if result.wanted.verify:
        from nncalc.deriving.vanishing import checked

        found = checked(result.derivation, found, result.assumed)
    elif found.unsure:
        found = Stationary((), "which of the roots are none, only numbers tell (--verify)")
    second = Second(setting, solver.ground, values=found.values)
    whole = found.unknown is setting.wrt
    kinds = [_known(second, found, point).extremum(point if whole else None) for point in found.points]
    solver.ground.forget()
    return result._replace(stationary=found, extrema=tuple(kinds))


def _known(second: Second, found: Stationary, point: Formula) -> Second:
    """Return what the second derivative is read from, with what is known of a point."""
    ground = second.ground
    needs = found.needs_of(point)
    positive = [each for each, word in needs if word in ("positive", "between 0 and 1")]
    positive += [call("add", num(1), call("neg", each)) for each, word in needs if word == "between 0 and 1"]
    other = tuple(ground.hide(each) for each, word in needs if word == "not 0")
    return second._replace(positive=tuple(ground.quotient(ground.hide(each)) for each in positive), other=other)


def _needed(result: Result, found: Stationary, simplifier: Simplifier) -> Stationary:
    """Return a stationary point with what it needs, without what is assumed or shown by its form."""
    signs = signs_of(result)
    assumed = {each for each, said in result.assumed.items() if "invertible" in said}
    needed = [each for each in found.invertible if each not in assumed]
    definite = [each for each in needed if signs.full(each, simplifier.raw)]

    def is_open(need: Need) -> bool:
        return need[1] not in ("not 0", "positive") or not signs.is_positive(need[0])

    return found._replace(
        invertible=tuple(each for each in needed if each not in definite),
        definite=tuple(definite),
        needs=tuple(filter(is_open, found.needs)),
        own=tuple((point, need) for point, need in found.own if is_open(need)),
    )


def signs_of(result: Result) -> Signs:
    """Return which quantities are positive, sizes among them, and which are positive definite."""
    from nncalc.deriving.definite import Signs

    sizes = {name(letter) for letter in result.declaration.shapes.letters}
    positive = {each for each, said in result.assumed.items() if "positive" in said}
    return Signs(frozenset(sizes | positive), frozenset(each for each, said in result.assumed.items() if "spd" in said))
