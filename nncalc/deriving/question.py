"""What is asked of a derivation: text, shapes and assumptions to what is differentiated, by what. Knows no rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from nncalc.algebra.simplest import Simplifier
from nncalc.algebra.terms import Facts
from nncalc.deriving.derivation import Layout, Setting
from nncalc.deriving.naming import unused
from nncalc.deriving.statements import Statements, put_in, stated
from nncalc.graph.elements import bases
from nncalc.graph.families import sums_in
from nncalc.graph.graph import Equation, Graph, only
from nncalc.graph.shapes import Shapes
from nncalc.graph.sums import Translated, in_matrices, settled
from nncalc.language.figures import is_figure
from nncalc.language.formula import Formula, Name, call, length, name
from nncalc.language.indexing import from_0
from nncalc.language.parser import Parsed
from nncalc.problems import Problem, Span, in_text
from nncalc.shaping.declaration import Declaration, declare, identified, inverses, quantities_in
from nncalc.shaping.shape_text import declared, functions

SOURCE = "EXPR"
#: How long a definition may be for which is found whether it is symmetric.
MOST_LOOKED_AT = 200


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
    chain: bool = False
    source: str = SOURCE


class Asked(NamedTuple):
    """The shapes and what is assumed, what is differentiated, the names that nothing needs, and unknown functions."""

    declaration: Declaration
    setting: Setting
    idle: tuple[Name, ...]
    functions: frozenset[str]


def asked(wanted: Wanted) -> Asked:
    """Return what is asked; raise Problem at the place in the expression."""
    unknown, shapes = functions(wanted.shapes)
    wanted = wanted._replace(shapes=shapes)
    _computable(wanted, unknown)
    try:
        statements, sums = _without_sums(_stated(wanted, unknown))
        whole = statements.whole()
        wrt = _variable(wanted.wrt, whole)
        said = [*wanted.shapes, *_single(wanted, whole.formula, sums)]
        declaration = declare(whole, wrt, said, list(wanted.assume), statements.meanings(), _ranges(sums))
        declaration.shapes.from_0 = frozenset(of.base for of in bases(Graph((), (Equation(wrt, whole.formula),))))
        statements, sums = _with_ones(statements, sums, declaration.shapes)
    except Problem as problem:
        where = problem.where
        place = in_text(wanted.source, wanted.expression, where) if isinstance(where, Span) else where
        raise problem.at(place) from None
    written = {identified(each.formula, declaration): of for of, each in sums.items() if each.formula is not of}
    setting = _setting(wanted, statements, wrt, declaration, unknown)._replace(sums=written)
    return Asked(declaration, setting, statements.idle, unknown)


def _without_sums(found: Statements) -> tuple[Statements, dict[Formula, Translated]]:
    """Return the equations with sums over an index in matrices, and what each of them is; raise Problem with a Span."""
    every = [*(each.formula for each in found.definitions), found.body]
    sums: dict[Formula, Translated] = {}
    for each in every:
        try:
            sums[each] = in_matrices(each)
        except Problem as problem:
            place = next((found.spans[part] for part in sums_in(each) if part in found.spans), None)
            raise problem.at(problem.where or place) from None
    definitions = tuple(each._replace(formula=sums[each.formula].formula) for each in found.definitions)
    spans = {**found.spans, **{sums[each].formula: found.spans[each] for each in every if each in found.spans}}
    return found._replace(definitions=definitions, body=sums[found.body].formula, spans=spans), sums


def _ranges(sums: Mapping[Formula, Translated]) -> list[Formula]:
    """Return formulas that fit where an index runs as far as a letter says."""
    return [each for found in sums.values() for each in found.ranges]


def _with_ones(
    found: Statements, sums: Mapping[Formula, Translated], shapes: Shapes
) -> tuple[Statements, dict[Formula, Translated]]:
    """Return the equations with ones where sums are spread, and what is taken for a number is one; raise Problem."""
    every = {of: each._replace(formula=settled(each, shapes)) for of, each in sums.items()}
    new = {each.formula: every[of].formula for of, each in sums.items()}
    definitions = tuple(each._replace(formula=new[each.formula]) for each in found.definitions)
    return found._replace(definitions=definitions, body=new[found.body]), every


def _computable(wanted: Wanted, unknown: frozenset[str]) -> None:
    """Raise Problem where values are asked of a function that nobody knows."""
    if unknown and wanted.at:
        raise Problem(
            f"`{min(unknown)}` is a function that nobody knows, so nothing with it has a value", None,
            "leave out --at, or write the function out", "usage",
        )  # fmt: skip


def _single(wanted: Wanted, formula: Formula, sums: Mapping[Formula, Translated]) -> list[str]:
    """Return the shapes that are said by one number given for a quantity, or by a sum over an index, as texts."""
    given = (text.partition("=") for text in wanted.at)
    numbers = {left.strip() for left, _, right in given if is_figure(right.strip())}
    numbers |= {each.id for found in sums.values() for each in found.numbers if isinstance(each, Name)}
    said = declared(wanted.shapes)
    return [f"{of}: 1" for of in quantities_in(formula) if of.id in numbers and of not in said]


def _stated(wanted: Wanted, unknown: frozenset[str]) -> Statements:
    """Return the equations that are asked about, inverses as they are meant; raise Problem with a Span."""
    found = stated(wanted.expression, unknown)
    said = declared(wanted.shapes)
    folded = {of.base for of in bases(Graph((), (*found.definitions, Equation(name("f"), found.body))))}

    def meant(formula: Formula) -> Formula:
        return from_0(inverses(Parsed(formula, {}), said).formula, folded)

    definitions = tuple(each._replace(formula=meant(each.formula)) for each in found.definitions)
    spans = {meant(part): span for part, span in found.spans.items()}
    return found._replace(definitions=definitions, body=meant(found.body), spans={**spans, **found.spans})


def _setting(
    wanted: Wanted, statements: Statements, wrt: Name, declaration: Declaration, unknown: frozenset[str]
) -> Setting:
    """Return what is differentiated; by a name that is defined, that name stays as it is, whatever it is made of."""
    of = statements.of
    body = identified(statements.body, declaration)
    equations = [each._replace(formula=identified(each.formula, declaration)) for each in statements.definitions]
    if of is None:
        of = unused(
            "f", [body, *(each.name for each in equations), wrt, *map(name, unknown)], declaration.shapes.letters
        )
    shapes = declaration.shapes
    facts = facts_of(declaration, wrt)
    definitions: tuple[Equation, ...] = ()
    formula = body
    if equations:
        kept = [each for each in equations if each.name is not wrt]
        definitions = only(Graph((), (*kept, Equation(of, body))), [of]).equations
        formula = put_in(definitions)[of]
        if not definitions[:-1]:
            definitions = ()
        facts = facts._replace(symmetric=facts.symmetric | _symmetric(equations, shapes, facts) - {wrt})
    origin = put_in(equations).get(wrt)
    reserved = tuple(map(name, sorted(unknown)))
    return Setting(formula, wrt, of, shapes, facts, wanted.layout, wanted.hessian, definitions, origin, reserved)


def _symmetric(equations: list[Equation], shapes: Shapes, facts: Facts) -> frozenset[Name]:
    """Return the defined names that are symmetric by what they are made of."""
    found: set[Name] = set()
    for of, meaning in put_in(equations).items():
        rows, columns = shapes.of(of)
        if isinstance(of, Name) and rows == columns != 1 and length(meaning) <= MOST_LOOKED_AT:
            simplifier = Simplifier(shapes, facts)
            if simplifier.simplest(call("transpose", meaning)) is simplifier.simplest(meaning):
                found.add(of)
    return frozenset(found)


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
