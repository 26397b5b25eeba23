"""Blocks: matrices under each other and side by side, and what some rows or columns of a formula are.

Knows formulas and shapes, no values.
"""

from __future__ import annotations

from nncalc.graph.shapes import PARTS, SCALAR, Shapes, zeros
from nncalc.graph.sizes import Size, added, size_formula, without
from nncalc.language.formula import Call, Formula, call, is_call, joined


def part_of(formula: Formula, across: bool, first: Size, last: Size, shapes: Shapes) -> Call:
    """Return the call that takes rows, or `across` columns, of `formula`; of a vector they are its entries."""
    vector = shapes.of(formula)[not across] == 1
    op = "entries" if vector else "columns" if across else "rows"
    return call(op, formula, size_formula(first), size_formula(last))


def places(part: Call, shapes: Shapes) -> tuple[Size, Size]:
    """Return the first and the last row, or column, that a call takes, counted from 1."""
    return shapes.ends(part)


def taken(part: Call, shapes: Shapes) -> Formula:
    """Return some rows or columns of a formula where they are: all of it, blocks of it, those of what they are of."""
    inner = part.args[0]
    first, last = places(part, shapes)
    shape = shapes.of(inner)
    across = shapes.across(part)
    if first == 1 and last == shape[across]:
        return inner
    if part.op in ("rows", "columns") and shape[not across] == 1:
        return taken(part_of(inner, across, first, last, shapes), shapes)
    if part.op == "rows" and is_call(inner, "columns"):  # rows first, A[1:2,3:4]
        turned = taken(call("rows", inner.args[0], *part.args[1:]), shapes)
        return taken(part_of(turned, True, *places(inner, shapes), shapes), shapes)
    if not isinstance(inner, Call):
        return part
    if inner.op in ("ones", "zeros"):
        rows, columns = shapes.of(part)
        return zeros((rows, columns)) if inner.op == "zeros" else call("ones", *map(size_formula, (rows, columns)))
    if inner.op in PARTS and shapes.across(inner) == across:
        start = places(inner, shapes)[0]
        begin, end = (without(added(start, each), 1) for each in (first, last))
        assert begin is not None
        assert end is not None
        return part_of(inner.args[0], across, begin, end, shapes)
    if inner.op in ("column", "matrix", "row"):
        return _of_blocks(part, inner, shapes)
    if inner.op == "transpose":
        found = part_of(inner.args[0], not across, first, last, shapes)
        simpler = taken(found, shapes)
        return part if simpler is found and shapes.of(part) != SCALAR else _turned(simpler, shapes)
    return part


def _turned(formula: Formula, shapes: Shapes) -> Formula:
    if shapes.of(formula) == SCALAR:
        return formula
    return formula.args[0] if is_call(formula, "transpose") else call("transpose", formula)


def _of_blocks(part: Call, inner: Call, shapes: Shapes) -> Formula:
    """Return some rows, or columns, of blocks: whole blocks, or some of one block's own."""
    axis = shapes.across(part)
    first, last = places(part, shapes)
    if (inner.op == "row") != axis:  # across all of them
        return _joined([taken(part_of(arg, axis, first, last, shapes), shapes) for arg in inner.args], inner.op)
    start: Size = 1
    blocks: list[Formula] = []
    for arg in inner.args:
        size = shapes.of(arg)[axis]
        end = without(added(start, size), 1)
        following = added(start, size)
        inside = without(added(first, 1), start), without(following, last)
        if start == first or blocks:
            blocks.append(arg)
            if end == last:
                return _joined(blocks, inner.op)
        if not blocks[1:] and None not in inside:
            begin, stop = (without(added(each, 1), start) for each in (first, last))
            assert begin is not None
            assert stop is not None
            return taken(part_of(arg, axis, begin, stop, shapes), shapes)
        start = following
    return part


def _joined(blocks: list[Formula], op: str) -> Formula:
    """Return blocks as they stood in brackets of a kind: side by side in a row, else under each other."""
    if op == "row":
        return joined(blocks, beside=True)
    return joined([call("matrix", block) if is_call(block, "row") else block for block in blocks], beside=False)
