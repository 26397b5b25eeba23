"""Rounds of the chain rule in index notation: derivatives move inwards, until only those of entries are left.

The entries of an inverse or a determinant are not written out: their derivatives by the entries of the matrix are
those of the operation's own rule. Knows index notation and rules, no values.
"""

from __future__ import annotations

from nncalc.deriving.collapse import Collapse
from nncalc.deriving.indices import Indices, word_of
from nncalc.deriving.scalars import plus, swapped, times
from nncalc.graph.calculus import share
from nncalc.graph.tidy import ONE
from nncalc.language.formula import Call, Formula, Name, call, is_call, name, names_in, parts
from nncalc.problems import Problem

#: The most rounds of the chain rule that are written, each a line of its own.
MOST_ROUNDS = 40


def rounds(indices: Indices, reached: Formula) -> list[tuple[Formula, str]]:
    """Return the lines on which derivatives move inwards, until only deltas are left."""
    found: list[tuple[Formula, str]] = []
    while not found or _has(reached, "derivative"):
        if len(found) == MOST_ROUNDS:
            raise Problem(
                f"functions are nested more than {MOST_ROUNDS} levels deep, too many to write an element of", None,
                "`--method rules` differentiates it", "derivative",
            )  # fmt: skip
        rules = dict.fromkeys(word for word in map(_by_rule, parts(reached)) if word)
        reached = swapped(reached, lambda part: _moved(indices, part))
        nested = _has(reached, "derivative")
        why = "the chain rule, inner elements written out" if nested else "differentiated term by term"
        if rules:
            why = " and ".join(f"the rule of `{word}`" for word in rules) + ", entry by entry"
        if _derivatives(reached) and (found or nested):
            reached = swapped(reached, _deltas)
            why += "" if nested else "; an entry by another is a delta"
        found.append((reached, why))
    if _derivatives(reached):
        found.append((swapped(reached, _deltas), "1 where the indices are equal, else 0"))
    return found


def _moved(indices: Indices, part: Formula) -> Formula | None:
    """Return a derivative that goes one operation further inwards, what it meets there written out."""
    if not (is_call(part, "derivative")):
        return None

    def opened(inner: Formula) -> Formula | None:
        return indices.by(indices.opened(inner.args[0])) if is_call(inner, "derivative") else None

    of = part.args[0]
    return swapped(sealed(indices, of) if is_call(of, "entry") else indices.slope(of), opened)


def _by_rule(part: Formula) -> str:
    """Return the operation whose rule a derivative that moves inwards takes, its entries not being written out."""
    whole = part.args[0].args[0] if is_call(part, "derivative") and is_call(part.args[0], "entry") else None
    return word_of(whole) if isinstance(whole, Call) else ""


def sealed(indices: Indices, entry: Call) -> Formula:
    """Return the derivative of an entry that is not written out, by the rule of its operation; raise Problem.

    What an argument receives of the entry alone is the derivative of the entry by each of the argument's entries.
    """
    part = entry.args[0]
    assert isinstance(part, Call)
    row, column = indices.where(entry)
    g = name(f"what arrives {len(indices.ranges)}")
    indices.shapes.name(g, indices.shapes.of(part))
    arriving = Indices(indices.shapes, g, indices.ranges)
    arriving.entry_of_wrt = arriving.entry(g, row, column)
    terms = []
    for place, arg in enumerate(part.args):
        if indices.wrt not in names_in(arg):
            continue
        rows, columns = indices.shapes.of(arg)
        at = indices.fresh(rows), indices.fresh(columns)
        try:
            received = arriving.opened(arriving.entry(share(part, place, g, part, indices.shapes), *at))
        except Problem:
            raise indices.unknown(part) from None
        if any(is_call(each, "entry") and arriving.depends(each) for each in parts(received)):
            raise indices.unknown(part)  # the rule is not written out itself
        slope = rounds(arriving, arriving.by(received))[-1][0]
        slope = Collapse(indices.ranges, decimals=False).of(slope)
        term = times(slope, call("derivative", indices.entry(arg, *at), indices.entry_of_wrt))
        for index in reversed(at):
            term = indices.total(index, term) if isinstance(index, str) else term
        terms.append(term)
    return plus(terms)


def _has(formula: Formula, op: str) -> bool:
    return any(isinstance(part, Call) and part.op == op for part in parts(formula))


def _derivatives(formula: Formula) -> bool:
    """Return whether a derivative of an entry by an entry stands in an element."""
    return any(isinstance(part, Name) and part.of is not None for part in parts(formula))


def _deltas(part: Formula) -> Formula | None:
    """Return the derivative of an entry by an entry: 1 where their indices are equal."""
    if not isinstance(part, Name) or part.of is None:
        return None
    found: Formula = ONE
    for one, other in zip(part.of.index, part.index, strict=True):
        if one != other:
            found = times(found, call("delta", name(str(one)), name(str(other))))
    return found
