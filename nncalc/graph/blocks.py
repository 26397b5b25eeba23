"""Blocks: matrices under each other and side by side, and what some rows or columns of a formula are.

Knows formulas and shapes, no values.
"""

from __future__ import annotations

from nncalc.graph.shapes import SCALAR, Shapes, zeros
from nncalc.graph.sizes import Size, added, size_formula, without
from nncalc.language.formula import Call, Formula, call, is_call, joined


def part_of(formula: Formula, op: str, first: Size, last: Size) -> Call:
    """Return the call that takes rows or columns of `formula`."""
    return call(op, formula, size_formula(first), size_formula(last))


def places(part: Call, shapes: Shapes) -> tuple[Size, Size]:
    """Return the first and the last row, or column, that a call takes."""
    return shapes.size(part.args[1], part), shapes.size(part.args[2], part)


def taken(part: Call, shapes: Shapes) -> Formula:
    """Return some rows or columns of a formula where they are: all of it, blocks of it, those of what they are of."""
    inner = part.args[0]
    first, last = places(part, shapes)
    shape = shapes.of(inner)
    if first == 1 and last == shape[part.op == "columns"]:
        return inner
    if not isinstance(inner, Call):
        return part
    if inner.op in ("ones", "zeros"):
        rows, columns = shapes.of(part)
        return zeros((rows, columns)) if inner.op == "zeros" else call("ones", *map(size_formula, (rows, columns)))
    if inner.op == part.op:
        start = places(inner, shapes)[0]
        ends = [without(added(start, each), 1) for each in (first, last)]
        return call(part.op, inner.args[0], *[size_formula(end) for end in ends if end is not None])
    if inner.op in ("column", "matrix", "row"):
        return _of_blocks(part, inner, shapes)
    if inner.op == "transpose":
        other = "columns" if part.op == "rows" else "rows"
        found = part_of(inner.args[0], other, first, last)
        simpler = taken(found, shapes)
        return part if simpler is found else _turned(simpler, shapes)
    return part


def _turned(formula: Formula, shapes: Shapes) -> Formula:
    if shapes.of(formula) == SCALAR:
        return formula
    return formula.args[0] if is_call(formula, "transpose") else call("transpose", formula)


def _of_blocks(part: Call, inner: Call, shapes: Shapes) -> Formula:
    """Return some rows, or columns, of blocks: whole blocks, or some of one block's own."""
    axis = part.op == "columns"
    if (inner.op == "row") != axis:  # across all of them
        return _joined([taken(call(part.op, arg, *part.args[1:]), shapes) for arg in inner.args], inner.op)
    first, last = places(part, shapes)
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
            ends = [without(added(each, 1), start) for each in (first, last)]
            return taken(call(part.op, arg, *[size_formula(each) for each in ends if each is not None]), shapes)
        start = following
    return part


def _joined(blocks: list[Formula], op: str) -> Formula:
    """Return blocks as they stood in brackets of a kind: side by side in a row, else under each other."""
    if op == "row":
        return joined(blocks, beside=True)
    return joined([call("matrix", block) if is_call(block, "row") else block for block in blocks], beside=False)
