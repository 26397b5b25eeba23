"""Blocks: matrices under each other and side by side, and what some rows or columns of a formula are.

Knows formulas and shapes, no values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nncalc.graph.shapes import PARTS, SCALAR, Shapes, zeros
from nncalc.graph.sizes import Size, added, size_formula, without
from nncalc.language.formula import Call, Formula, Name, call, is_call, joined, num, total


def part_of(formula: Formula, across: bool, first: Size, last: Size, shapes: Shapes) -> Call:
    """Return the call that takes rows, or `across` columns, of `formula`; of a vector they are its entries."""
    vector = shapes.of(formula)[not across] == 1
    op = "entries" if vector else "columns" if across else "rows"
    whole = formula.args[0] if is_call(formula, "rows") else formula
    if across and isinstance(whole, Name) and whole.base in shapes.from_0:
        before = [without(size, 1) for size in (first, last)]
        return call(f"{op}_0", formula, *[num(0) if size is None else size_formula(size) for size in before])
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
    return _of_call(part, inner, shapes)


def _of_call(part: Call, inner: Call, shapes: Shapes) -> Formula:
    """Return some rows or columns of a product or of a transpose, where they are: columns are of the right factor."""
    first, last = places(part, shapes)
    across = shapes.across(part)
    if inner.op == "mul" and 1 not in shapes.of(inner) and SCALAR not in map(shapes.of, inner.args):
        factors = list(inner.args)
        factors[across] = taken(part_of(factors[across], across, first, last, shapes), shapes)
        return call("mul", *factors)
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


# -- blocks among zeros ---------------------------------------------------------------------------


def filled(terms: Sequence[Formula], shapes: Shapes) -> list[Formula]:
    """Return the terms of a sum, of which blocks that fill each other's zeros are put together.

    What slices of one quantity receive comes so: [g; 0] + [0; h] is [g; h].
    """
    found: list[Formula] = []
    parted: dict[bool, list[tuple[int, _Parted]]] = {False: [], True: []}
    for term in terms:
        mine = _parted(term, shapes)
        if mine is not None:
            parted[mine.beside].append((len(found), mine))
        found.append(term)
    left: set[int] = set()
    for beside, group in parted.items():
        if len(group) < 2:
            continue
        whole = _together([mine for _, mine in group], beside, shapes)
        if whole is not None:
            found[group[0][0]] = whole
            left |= {place for place, _ in group[1:]}
    return [term for place, term in enumerate(found) if place not in left]


class _Parted(NamedTuple):
    """Blocks `beside` each other or under each other: where each begins, how long it is, and None for zeros."""

    beside: bool
    blocks: list[tuple[Size, Size, Formula | None]]


def _parted(term: Formula, shapes: Shapes) -> _Parted | None:
    """Return the blocks of a formula if some are zeros; None for any other."""
    row = term.args[0] if is_call(term, "matrix") and len(term.args) == 1 else term
    if not (is_call(row, "row") or is_call(term, "column")):
        return None
    beside = is_call(row, "row")
    assert isinstance(row, Call)
    found: list[tuple[Size, Size, Formula | None]] = []
    start: Size = 1
    for block in row.args:
        size = shapes.of(block)[beside]
        found.append((start, size, None if _empty(block) else block))
        start = added(start, size)
    return _Parted(beside, found) if any(block is None for _, _, block in found) else None


def _empty(block: Formula) -> bool:
    inner = block.args[0] if is_call(block, "transpose") else block
    return is_call(inner, "zeros") or inner is num(0)


def _together(parted: list[_Parted], beside: bool, shapes: Shapes) -> Formula | None:
    """Return blocks put together; None where they overlap, or nothing says where they end."""
    contents: dict[tuple[Size, Size], list[Formula]] = {}
    ends: dict[Size, Size] = {}
    for each in parted:
        for start, size, block in each.blocks:
            if block is not None:
                contents.setdefault((start, size), []).append(block)
            else:
                ends.setdefault(start, size)
    last = added(*[size for _, size, _ in parted[0].blocks], 1)
    place: Size = 1
    blocks: list[Formula] = []
    other = shapes.of(parted[0].blocks[0][2] or next(iter(contents.values()))[0])[not beside]
    sizes: dict[Size, Size] = dict(contents.keys())  # by where a block begins
    while place != last:
        if place in sizes:
            blocks.append(total(contents.pop((place, sizes[place]))))
            place = added(place, sizes[place])
            continue
        gap = _gap(place, last, [start for start, _ in contents], ends)
        if gap is None:
            return None
        blocks.append(zeros((other, gap) if beside else (gap, other)))
        place = added(place, gap)
    return None if contents else joined(blocks, beside=beside)


def _gap(place: Size, last: Size, starts: list[Size], ends: dict[Size, Size]) -> Size | None:
    """Return how long only zeros stand from a place on; None where that is not known."""
    numbers = [each for each in (*starts, last) if isinstance(each, int)]
    if isinstance(place, int) and len(numbers) == len(starts) + 1:
        following = [each for each in numbers if each > place]
        return min(following) - place if following else None
    return ends.get(place)
