"""Several equations as one question: `u = X*w - y; norm2(u)^2`. Knows text and formulas, no shapes.

Equations stand in any order, apart by `;` or on lines of their own; the expression that has no name, else the one
that no other uses, is what is differentiated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from nncalc.graph.graph import Equation, end, in_order, only
from nncalc.language.alphabet import canonical_name
from nncalc.language.definitions import Definition, Head, defined, head_of
from nncalc.language.formula import Formula, Name, name, names_in, replace
from nncalc.language.parser import Known, Parsed, read
from nncalc.language.statements import statements
from nncalc.ops import FUNCTIONS
from nncalc.ops.elementary import UNKNOWN_FUNCTIONS
from nncalc.problems import Problem, Span

#: How many equations are read.
MOST = 500
_LEFT = re.compile(r"([^=()\[\]<>!]*?)=(?!=)")


class Statement(NamedTuple):
    """One equation as text: the name before `=`, if any, where that stands, and what the name is, from where on.

    Of the definition of a function there is its `head` before `=`.
    """

    left: Name | None
    span: Span
    start: int
    text: str
    head: Head | None = None


class Statements(NamedTuple):
    """What is differentiated, `body`, by the names a person gave; `of` is its own name, if it has one.

    `definitions` are the equations of the other names that it needs, each from earlier ones; `spans` says where a
    part stands, `left` where a name is defined, `idle` are equations that nothing needs.
    """

    definitions: tuple[Equation, ...]
    of: Name | None
    body: Formula
    spans: Mapping[Formula, Span]
    left: Mapping[Name, Span]
    idle: tuple[Name, ...] = ()

    def meanings(self) -> dict[Name, Formula]:
        """Return what each defined name stands for, in names that are not defined."""
        found = put_in(self.definitions)
        return {each.name: found[each.name] for each in self.definitions}

    def whole(self) -> Parsed:
        """Return the formula with every definition put in, and where its parts stand."""
        meaning = put_in(self.definitions)
        done: dict[Formula, Formula] = {}
        body = replace(self.body, meaning, done)
        spans: dict[Formula, Span] = {}
        for each, span in self.spans.items():
            if each not in meaning:
                spans.setdefault(replace(each, meaning, done), span)
        return Parsed(body, spans)


def put_in(definitions: Sequence[Equation], kept: Name | None = None) -> dict[Formula, Formula]:
    """Return what each defined name stands for, in names that are not defined, or are `kept`."""
    found: dict[Formula, Formula] = {}
    done: dict[Formula, Formula] = {}
    for equation in definitions:
        if equation.name is not kept:
            found[equation.name] = done[equation.name] = replace(equation.formula, found, done)
    return found


def stated(text: str, functions: frozenset[str] = frozenset()) -> Statements:
    """Return the equations that a text states, in which some `functions` stay unknown; raise Problem with a Span."""
    found = list(_statements(text))
    if not found:
        raise Problem("the expression is empty", Span(0, 1), None, "syntax")
    if len(found) > MOST:
        raise Problem(f"there are {len(found):,} equations, at most {MOST} are read", None, None, "usage")
    spans: dict[Formula, Span] = {}
    equations: dict[Name, Equation] = {}
    left: dict[Name, Span] = {}
    unnamed: Formula | None = None
    defined_: dict[str, Definition] = {}
    for each in found:
        parsed = expression(" " * each.start + each.text, functions, defined_)
        if each.head is not None:
            defined_[each.head.name] = defined(each.head, each.text, defined_, parsed)
            continue
        spans = {**parsed.spans, **spans}
        if each.left is not None:
            _named(each, left, several=len(found) > 1)
            equations[each.left] = Equation(each.left, parsed.formula)
        elif unnamed is None:
            unnamed = parsed.formula
        else:
            raise Problem(
                "two expressions have no name, and one is differentiated", parsed.spans[parsed.formula],
                "give the others names: `u = X*w - y; norm2(u)^2`", "syntax",
            )  # fmt: skip
    of = end(equations.values()) if unnamed is None else None
    return _ordered(equations, of, unnamed, spans, left)


def _named(each: Statement, left: dict[Name, Span], *, several: bool) -> None:
    """Note where a name is defined; raise Problem where it may not be, or is already."""
    assert each.left is not None
    if several and each.left.base in FUNCTIONS:
        raise Problem(f"`{each.left}` is a function and cannot name a quantity", each.span, None, "name")
    if each.left in left:
        raise Problem(f"`{each.left}` is defined twice", each.span, "each name has one equation", "name")
    left[each.left] = each.span


def _ordered(
    equations: dict[Name, Equation],
    of: Name | None,
    unnamed: Formula | None,
    spans: Mapping[Formula, Span],
    left: Mapping[Name, Span],
) -> Statements:
    """Return the equations that are needed, in order; raise Problem where they go round in a circle."""
    try:
        graph = in_order((), equations.values())
    except Problem as problem:
        raise problem.at(next(left[each] for each in equations if _reaches(each, equations))) from None
    if unnamed is None:
        assert of is not None
        unnamed = equations[of].formula
    needed = only(graph, names_in(unnamed)).equations
    kept = {each.name for each in needed} | {of}
    idle = tuple(each for each in equations if each not in kept)
    return Statements(needed, of, unnamed, spans, left, idle)


def _reaches(start: Name, equations: Mapping[Name, Equation]) -> bool:
    """Return whether a name needs itself."""
    seen: set[Name] = set()
    pending = [start]
    while pending:
        for used in names_in(equations[pending.pop()].formula):
            if used is start:
                return True
            if used in equations and used not in seen:
                seen.add(used)
                pending.append(used)
    return False


def expression(
    text: str, functions: frozenset[str] = frozenset(), definitions: Mapping[str, Definition] = MappingProxyType({})
) -> Parsed:
    """Return the formula that a text spells, typed or as it is printed on paper; raise Problem.

    On paper a blank is the product; the word of a function or of a sum is no factor of one.
    """
    known = Known(functions=functions, whole=True, definitions=definitions)
    try:
        return read(text, known)
    except Problem as problem:
        try:
            found = read(text, known, paper=True)
        except Problem:
            raise _declarable(problem) from None
        if any(each.base in FUNCTIONS or each.base.startswith(("sum_", "Σ")) for each in names_in(found.formula)):
            raise
        return found


def _declarable(problem: Problem) -> Problem:
    """Return a problem with how a function that nobody knows is declared, where its name could be that of one."""
    word = problem.message.partition("`")[2].partition("`")[0]
    if problem.code != "name" or word not in UNKNOWN_FUNCTIONS or "not a function" not in problem.message:
        return problem
    more = f"a function that nobody knows is declared, `--shapes '{word}: function'`"
    return Problem(problem.message, problem.where, f"{problem.hint}; {more}", problem.code)


# -- the text ------------------------------------------------------------------------------------------------


def _statements(text: str) -> Iterator[Statement]:
    """Yield the statements of a text, each without its comment."""
    for start, end_ in statements(text):
        piece = text[start:end_]
        before, equals, after = piece.partition("=")
        head = head_of(before) if equals and not after.startswith("=") else None
        if head is not None:
            yield Statement(None, Span(start, start + len(before)), start + len(before) + 1, after, head)
            continue
        match = _LEFT.match(piece)
        plain = canonical_name(match[1].strip()) if match is not None and match[1].strip() else None
        if match is None or plain is None:
            yield Statement(None, Span(start, start), start, piece)
            continue
        first = start + len(match[1]) - len(match[1].lstrip())
        span = Span(first, first + len(match[1].strip()))
        yield Statement(name(plain), span, start + match.end(), piece[match.end() :])
