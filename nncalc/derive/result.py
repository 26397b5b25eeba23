"""What is asked of a derivation and what comes of it: lines, the stationary point, a verdict, numbers.

Puts the passes in order; each does its work elsewhere. What needs NumPy is imported where it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Facts
from nncalc.derive.derivation import Derivation, Layout, Setting, derivation
from nncalc.derive.naming import unused
from nncalc.graph.sizes import SCALAR
from nncalc.language.figures import is_figure
from nncalc.language.formula import Formula, Name, call, name, names_in
from nncalc.language.parser import Known, Parsed, read
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.problems import Problem, Span, in_text
from nncalc.shaping.declaration import Declaration, declare, identified, inverses, quantities_in
from nncalc.shaping.shape_text import declared, functions

if TYPE_CHECKING:
    from nncalc.derive.answer import Verdict
    from nncalc.derive.definite import Signs
    from nncalc.derive.stationary import Stationary


class Wanted(NamedTuple):
    """What is asked: an expression, by what, and how. `shapes`, `assume` and `at` are texts as they were given."""

    expression: str
    wrt: str | None
    shapes: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    layout: Layout = "denominator"
    hessian: bool = False
    method: str = "rules"
    solve: bool = False
    answer: str | None = None
    verify: bool = True
    at: tuple[str, ...] = ()


class Extremum(NamedTuple):
    """What a stationary point is: `minimum`, `maximum`, `saddle` or nothing; known by its `form` or by `numbers`.

    `everywhere` says that the function is smooth for all numbers, so that a convex one has no lower point elsewhere.
    """

    kind: str = ""
    why: str = ""
    everywhere: bool = False


class Result(NamedTuple):
    """A derivation with all that was asked beside it.

    `drawn` counts the random draws at which it agreed with the complex step, None where it was not checked.
    """

    wanted: Wanted
    declaration: Declaration
    derivation: Derivation
    stationary: Stationary | None = None
    extremum: Extremum = Extremum()
    verdict: Verdict | None = None
    drawn: int | None = None

    @property
    def assumed(self) -> Mapping[Name, frozenset[str]]:
        return self.declaration.assumptions


SOURCE = "EXPR"


def _single(wanted: Wanted, parsed: Parsed) -> list[str]:
    """Return the shapes that are said by one number given for a quantity, as texts."""
    given = (text.partition("=") for text in wanted.at)
    numbers = {left.strip() for left, _, right in given if is_figure(right.strip())}
    said = declared(wanted.shapes)
    return [f"{of}: 1" for of in quantities_in(parsed.formula) if of.id in numbers and of not in said]


def derive(wanted: Wanted) -> Result:
    """Return the derivation that is asked for, checked; raise Problem at the place in the expression."""
    of, offset, text = _named(wanted.expression)
    unknown, shapes = functions(wanted.shapes)
    wanted = wanted._replace(shapes=shapes)
    _computable(wanted, unknown)
    try:
        parsed = inverses(expression(" " * offset + text, unknown), declared(wanted.shapes))
        wrt = _variable(wanted.wrt, parsed)
        declaration = declare(parsed, wrt, [*wanted.shapes, *_single(wanted, parsed)], list(wanted.assume))
    except Problem as problem:
        where = problem.where
        raise problem.at(in_text(SOURCE, wanted.expression, where) if isinstance(where, Span) else where) from None
    formula = identified(parsed.formula, declaration)
    if of is not None and of in declaration.quantities:
        raise Problem(
            f"`{of}` names the expression and stands in it", None, "give the expression another name, or none", "name"
        )
    if of is None:
        of = unused("f", [formula, *map(name, unknown)], declaration.shapes.letters)
    setting = Setting(
        formula, wrt, of, declaration.shapes,
        facts_of(declaration, wrt), wanted.layout, wanted.hessian,
    )  # fmt: skip
    found = _derived(setting, wanted.method)
    result = Result(wanted, declaration, found)
    if wanted.verify:
        from nncalc.derive.verify import verify

        result = result._replace(drawn=verify(found, declaration.assumptions))
    if wanted.solve:
        result = _solved(result)
    if wanted.answer is not None:
        from nncalc.derive.answer import judge

        answer = _answer(wanted.answer, declaration, unknown)
        result = result._replace(verdict=judge(found, answer, declaration.assumptions))
    return result


def _computable(wanted: Wanted, unknown: frozenset[str]) -> None:
    """Raise Problem where values are asked of a function that nobody knows."""
    if unknown and wanted.at:
        raise Problem(
            f"`{min(unknown)}` is a function that nobody knows, so nothing with it has a value", None,
            "leave out --at, or write the function out", "usage",
        )  # fmt: skip


def expression(text: str, functions: frozenset[str] = frozenset()) -> Parsed:
    """Return the formula that a text spells, typed or as it is printed on paper; raise Problem.

    On paper a blank is the product; the word of a function or of a sum is no factor of one.
    """
    from nncalc.language.parser import FUNCTIONS

    known = Known(functions=functions)
    try:
        return read(text, known)
    except Problem as problem:
        try:
            found = read(text, known, paper=True)
        except Problem:
            raise _declarable(problem) from None
        if any(each.base in FUNCTIONS or each.base.startswith("sum_") for each in names_in(found.formula)):
            raise
        return found


def _declarable(problem: Problem) -> Problem:
    """Return a problem with how a function that nobody knows is declared, where its name could be that of one."""
    word = problem.message.partition("`")[2].partition("`")[0]
    if problem.code != "name" or word not in UNKNOWN_FUNCTIONS or "not a function" not in problem.message:
        return problem
    more = f"a function that nobody knows is declared, `--shapes '{word}: function'`"
    return Problem(problem.message, problem.where, f"{problem.hint}; {more}", problem.code)


#: What the algebra uses of quantities that stay as they are.
_OF_OTHERS = ("probability", "skew", "orthogonal")


def facts_of(declaration: Declaration, wrt: Name) -> Facts:
    """Return what the algebra may use of what is assumed.

    Of the variable only that it is symmetric is among it: its entries are varied one by one.
    """
    words = declaration.assumptions.items()
    return Facts(
        frozenset(each for each, said in words if "symmetric" in said),
        *(frozenset(each for each, said in words if word in said and each is not wrt) for word in _OF_OTHERS),
    )


def _named(text: str) -> tuple[Name | None, int, str]:
    """Return the name before `=`, if there is one, where the rest begins, and the rest."""
    from nncalc.language.alphabet import canonical_name

    left, found, right = text.partition("=")
    plain = canonical_name(left.strip()) if found else None
    if plain is None:
        return None, 0, text
    return name(plain), len(left) + 1, right


def _variable(text: str | None, parsed: Parsed) -> Name:
    """Return what to differentiate by; without a wish it is the one name there is."""
    from nncalc.language.alphabet import canonical_name

    names = quantities_in(parsed.formula)
    if text is None:
        if len(names) != 1:
            listed = ", ".join(f"`{each}`" for each in names)
            raise Problem(
                "--wrt is missing: differentiate by what?", None, f"one of {listed}" if names else None, "usage"
            )
        return names[0]
    plain = canonical_name(text.strip())
    if plain is None:
        raise Problem(f"`{text[:80]}` is not a name", None, "--wrt takes one quantity, such as --wrt theta", "usage")
    return name(plain)


def _derived(setting: Setting, method: str) -> Derivation:
    if method == "expand":
        from nncalc.derive.expansion import expansion

        return expansion(setting)
    if method == "element":
        from nncalc.derive.element import element_derivation

        return element_derivation(setting)
    return derivation(setting)


def _answer(text: str, declaration: Declaration, functions: frozenset[str]) -> Formula:
    """Return a person's answer as a formula; raise Problem where it cannot be read or its shapes do not fit."""
    from nncalc.spec.model import unknown

    known = {each.base for each in declaration.shapes.known if isinstance(each, Name) and each.of is None}
    known |= declaration.shapes.letters
    try:
        parsed = read(text, Known(known, functions=functions))
        for used in quantities_in(parsed.formula):
            if used.base not in known:
                raise unknown(used.base, sorted(known), parsed.spans.get(used))
        declaration.shapes.of(parsed.formula)
    except Problem as problem:
        span = problem.where if isinstance(problem.where, Span) else Span(0, len(text))
        raise problem.at(in_text("--answer", text, span)) from None
    return parsed.formula


def _solved(result: Result) -> Result:
    """Return the result with the stationary point, or the reason why there is none."""
    from nncalc.derive.stationary import Solver, Stationary

    setting = result.derivation.setting
    shapes = setting.shapes
    if shapes.of(setting.formula) != SCALAR:
        reason = "only a number has a stationary point; the expression is a vector or a matrix"
        return result._replace(stationary=Stationary(None, reason))
    simplifier = Simplifier(shapes, setting.facts, [setting.formula])
    try:
        found = Solver(result.derivation.gradient, setting.wrt, simplifier, setting.formula, setting.facts).solve()
    except RecursionError:
        found = Stationary(None, "the formulas on the way are nested too deeply")
    if found.point is None:
        return result._replace(stationary=found)
    found = _needed(result, found, simplifier)
    if result.wanted.verify:
        from nncalc.derive.curvature import checked

        found = checked(result.derivation, found, result.assumed)
        if found.point is None:
            return result._replace(stationary=found)
    return result._replace(stationary=found, extremum=_extremum(result, found, simplifier))


def _needed(result: Result, found: Stationary, simplifier: Simplifier) -> Stationary:
    """Return a stationary point with what it needs, without what is assumed or shown by its form."""
    signs = signs_of(result)
    assumed = {each for each, said in result.assumed.items() if "invertible" in said}
    needed = [each for each in found.invertible if each not in assumed]
    definite = [each for each in needed if signs.full(each, simplifier.raw)]
    met = {(each, word) for each, word in found.needs if word in ("not 0", "positive") and signs.is_positive(each)}
    return found._replace(
        invertible=tuple(each for each in needed if each not in definite),
        definite=tuple(definite),
        needs=tuple(need for need in found.needs if need not in met),
    )


def signs_of(result: Result) -> Signs:
    """Return which quantities are positive, sizes among them, and which are positive definite."""
    from nncalc.derive.definite import Signs

    sizes = {name(letter) for letter in result.declaration.shapes.letters}
    positive = {each for each, said in result.assumed.items() if "positive" in said}
    return Signs(frozenset(sizes | positive), frozenset(each for each, said in result.assumed.items() if "spd" in said))


def _extremum(result: Result, found: Stationary, simplifier: Simplifier) -> Extremum:
    """Return what the stationary point is: by the form of the Hessian, else by numbers."""
    from nncalc.derive.definite import smooth_everywhere

    signs = signs_of(result)
    if found.curvature is not None:
        for kind, body in (("minimum", found.curvature), ("maximum", call("neg", found.curvature))):
            if signs.semidefinite(body, simplifier.raw):
                setting = result.derivation.setting
                return Extremum(kind, "form", smooth_everywhere(setting.formula, setting.wrt))
    if result.wanted.verify:
        from nncalc.derive.curvature import by_numbers

        return Extremum(by_numbers(result.derivation, found, result.assumed), "numbers")
    return Extremum()
