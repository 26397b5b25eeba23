"""Definitions of functions beside equations: `f(u) = u^2 + 1`. A call of one is its formula with the arguments put in.

Knows text and formulas, no shapes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from nncalc.language.alphabet import canonical_name
from nncalc.language.formula import Formula, names_in
from nncalc.language.parser import Known, Parsed, read
from nncalc.ops import FUNCTIONS, OPS
from nncalc.problems import Problem, Span

#: What stands before the `=` of a definition.
_HEAD = re.compile(r"\s*([^\W\d]\w*)\s*\(([^()\[\]=<>]*)\)\s*")


class Head(NamedTuple):
    """The left side of a definition: its name, and those of its arguments."""

    name: str
    args: tuple[str, ...]


class Definition(NamedTuple):
    """A function that was defined: its arguments, its formula of them, and how it was said."""

    args: tuple[str, ...]
    formula: Formula
    said: str


def head_of(left: str) -> Head | None:
    """Return the left side of a definition, None where the text is none; raise Problem with a Span.

    >>> head_of("f(u, v)"), head_of("f")
    (Head(name='f', args=('u', 'v')), None)
    """
    match = _HEAD.fullmatch(left)
    word = canonical_name(match[1]) if match else None
    if match is None or word is None:
        return None
    span = Span(match.start(1), match.end(1))
    if word in OPS or word in FUNCTIONS:
        raise Problem(f"`{word}` is a function already", span, "choose another name", "name")
    args = [canonical_name(each.strip()) for each in match[2].split(",")]
    if None in args or len(set(args)) < len(args):
        span = Span(match.start(2), max(match.end(2), match.start(2) + 1))
        raise Problem(
            f"`{left.strip()}` has not a name for each argument", span,
            "a definition is written `f(u) = u^2`, or `f(u, v) = u*v`", "syntax",
        )  # fmt: skip
    return Head(word, tuple(map(str, args)))


def defined(head: Head, text: str, known: Mapping[str, Definition], parsed: Parsed | None = None) -> Definition:
    """Return what a text after the `=` defines, with what is `known` before; raise Problem with a Span."""
    if head.name in known:
        raise Problem(f"`{head.name}` is defined twice", Span(0, 1), "each has one definition", "name")
    try:
        found = parsed or read(text, Known(whole=True, definitions=known))
    except Problem as problem:
        if f"`{head.name}`" in problem.message and problem.code == "name":
            raise Problem(
                f"`{head.name}` would be defined by itself", problem.where, "a definition may use earlier ones", "name"
            ) from None
        raise
    others = [each for each in names_in(found.formula) if each.base not in head.args]
    if others:
        raise Problem(
            f"`{others[0]}` is no argument of `{head.name}`", found.spans.get(others[0]),
            f"make it one: `{head.name}({', '.join((*head.args, others[0].base))})`", "name",
        )  # fmt: skip
    return Definition(head.args, found.formula, f"{head.name}({', '.join(head.args)}) = {text.strip()}")
