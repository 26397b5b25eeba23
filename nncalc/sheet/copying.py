"""What a person does while copying a formula down: losses written out, and numbers put in where they belong.

Knows formulas and rules; no calculation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from nncalc.graph.rules import filled, size_names
from nncalc.graph.shapes import PARTS, Shapes
from nncalc.graph.tidy import rational, tidy
from nncalc.language.formula import ACROSS, DOWN, Call, Formula, Num, call, num, parts, replace
from nncalc.language.parser import is_number
from nncalc.numbers.evaluation import Evaluation
from nncalc.ops import OPS

#: Operations on numbers in brackets that a person does while copying them.
COPIED = frozenset({"intercept", "trim", "pad", "transpose", "step", *PARTS})

#: Those of them that have no sign of their own.
WORDS = frozenset({"intercept", "trim", "pad", *PARTS})

#: What stands for entries that are not shown, beside each other and under each other.
_TURNED: Mapping[Formula, Formula] = {num(ACROSS): num(DOWN), num(DOWN): num(ACROSS)}


def expanded(formula: Formula, shapes: Shapes) -> Formula:
    """Return `formula` with each loss in it written out as its textbook definition.

    >>> from nncalc.language.printer import show
    >>> from nncalc.language.parser import parse
    >>> from nncalc.language.formula import name
    >>> show(expanded(parse("squared_error(yhat, y)"), Shapes({name("yhat"): (2, 1), name("y"): (2, 1)})))
    'sum((yhat - y).^2) / 2'
    """
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call) and OPS[part.op].loss is not None:
            new[part] = replace(filled(OPS[part.op].meaning, part), size_names(shapes.form(part)[1]))
    return replace(formula, new) if new else formula


def written_out(formula: Formula, shapes: Shapes) -> Formula:
    """Return `formula` with its losses written out, tidied only where there was one: the rest is as it was written."""
    found = expanded(formula, shapes)
    return formula if found is formula else tidy(found, shapes)


def arranged(formula: Formula, ops: Collection[str] = COPIED) -> Formula:
    """Return a formula of numbers with intercepts put in, columns cut off or put first, transposes and indicators done.

    Entries are taken too. With `ops` only those of them.

    These are what a person does while copying the numbers down, not a step of the calculation.

    >>> from nncalc.language.printer import PAPER, show
    >>> from nncalc.language.parser import parse
    >>> show(arranged(parse("4 * intercept([3, 2])'")), PAPER)
    '4 · [1 3 2]'
    """
    new: dict[Formula, Formula] = {}
    calls = [part for part in parts(formula) if isinstance(part, Call)]
    if not any(part.op in ops for part in calls):
        return formula
    for part in calls:
        args = [new.get(arg, arg) for arg in part.args]
        entries = _entries(args[0]) if part.op in ops else None
        if entries is None:
            new[part] = call(part.op, *args)
        elif part.op in PARTS:
            new[part] = _taken(part, entries) or call(part.op, *args)
        elif part.op == "intercept":
            new[part] = _bracketed([[num(1)] * len(entries[0]), *entries])
        elif part.op == "trim":
            new[part] = _bracketed([row[1:] for row in entries])
        elif part.op == "pad":
            new[part] = _bracketed([[num(0), *row] for row in entries])
        elif part.op == "transpose":
            turned = [[_TURNED.get(entry, entry) for entry in column] for column in zip(*entries, strict=True)]
            new[part] = _bracketed(turned)
        else:
            new[part] = _bracketed([[_indicated(entry) for entry in row] for row in entries])
    return new.get(formula, formula)


def compared(formula: Formula) -> Formula:
    """Return a formula of numbers in which it is written 1[3 > 0] that one is above 0; a 0, which is half so, stays.

    >>> from nncalc.language.printer import PAPER, show
    >>> from nncalc.language.parser import parse
    >>> show(compared(parse("2 * above(3, 0) * above(0, 0)")), PAPER)
    '2 · 1[3 > 0] · above(0, 0)'
    """
    above = [part for part in parts(formula) if isinstance(part, Call) and part.op == "above"]
    new: dict[Formula, Formula] = {
        part: call("step", part.args[0])
        for part in above
        if rational(part.args[1]) == 0 and rational(part.args[0]) not in (0, None)
    }
    return replace(formula, new) if new else formula


def _taken(part: Call, entries: list[list[Formula]]) -> Formula | None:
    """Return some rows, columns or entries of numbers; None where some of them are not shown."""
    if any(entry in _TURNED for row in entries for entry in row) or not all(isinstance(e, Num) for e in part.args[1:]):
        return None
    across = len(entries) == 1 if PARTS[part.op] is None else PARTS[part.op]
    base = int(not part.op.endswith("_0"))
    first, last = (int(str(end)) - base for end in part.args[1:])
    places = slice(first, last + 1)
    return _bracketed([row[places] for row in entries] if across else entries[places])


def _indicated(entry: Formula) -> Formula:
    """Return whether a number is positive, as one; what stands for entries that are not shown stays."""
    return entry if entry in _TURNED else num(int((Evaluation().exact(entry) or 0) > 0))


def _entries(formula: Formula) -> list[list[Formula]] | None:
    """Return the numbers in a formula that is nothing but numbers in brackets, or one number."""
    if is_number(formula):
        return [[formula]]
    if not isinstance(formula, Call) or formula.op not in ("column", "matrix"):
        return None
    if formula.op == "column":
        return [[entry] for entry in formula.args] if all(map(is_number, formula.args)) else None
    rows = [list(row.args) for row in formula.args if isinstance(row, Call)]
    return rows if all(is_number(entry) for row in rows for entry in row) else None


def _bracketed(rows: list[list[Formula]]) -> Formula:
    if len(rows) == len(rows[0]) == 1:
        return rows[0][0]
    if len(rows[0]) == 1:
        return call("column", *[row[0] for row in rows])
    return call("matrix", *[call("row", *row) for row in rows])
