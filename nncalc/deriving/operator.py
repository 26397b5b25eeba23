"""From a gradient that is linear in g to the matrix before it: vec(∇⟨g, y⟩) = ∂y/∂x vec(g)."""

from __future__ import annotations

from nncalc.algebra.meeting import chain_of, unstacks
from nncalc.graph.blocks import places
from nncalc.graph.shapes import PARTS, SCALAR, Shape, Shapes, zeros
from nncalc.graph.sizes import Size, added, product, size_formula, without
from nncalc.graph.tidy import tidy
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    call,
    is_call,
    joined,
    name,
    names_in,
    num,
    parts,
    replace,
    total,
)
from nncalc.language.formula import product as product_of
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.problems import Problem


def matrix_before(formula: Formula, g: Name, shapes: Shapes) -> Formula:
    """Return M with vec(formula) = M vec(g), for a formula that is linear in `g`; raise Problem where there is none."""
    blocks = _by_blocks(formula, g, shapes)
    return _Operator(g, shapes).of(formula) if blocks is None else blocks


def _by_blocks(formula: Formula, g: Name, shapes: Shapes) -> Formula | None:
    """Return the matrix before a column g of which only some rows are used, a block for each of these, else None."""
    used = [part for part in parts(formula) if isinstance(part, Call) and part.op in PARTS and part.args[0] is g]
    stand_ins = {part: name(f"rows{place}", of=g) for place, part in enumerate(used)}
    new: dict[Formula, Formula] = {}
    for part, stand_in in stand_ins.items():
        new[part] = stand_in
        shapes.known[stand_in] = shapes.of(part)
    rest = replace(formula, new)
    if not used or shapes.of(g)[1] != 1 or g in names_in(rest) or not is_vector(shapes.of(formula)):
        return None
    rows = product(*shapes.of(formula))
    blocks: list[Formula] = []
    start: Size = 1
    while used:
        following, gap = _next(used, start, shapes)
        if following is None:
            return None  # some overlap, or nobody knows whether they do
        if gap is not None:
            blocks.append(zeros((rows, gap)))
        blocks.append(matrix_before(rest, stand_ins[following], shapes))
        start = added(places(following, shapes)[1], 1)
        used.remove(following)
    end = added(shapes.of(g)[0], 1)
    gap = without(end, start)
    if gap is not None:
        blocks.append(zeros((rows, gap)))
    return joined(blocks, beside=True) if gap is not None or start == end else None


def _next(used: list[Call], start: Size, shapes: Shapes) -> tuple[Call | None, Size | None]:
    """Return the call that takes the rows which come first from `start` on, and how many rows are left out before."""
    gaps = [(part, without(places(part, shapes)[0], start)) for part in used]
    for part, gap in gaps:
        if gap is None and places(part, shapes)[0] == start:
            return part, None
    for part, gap in gaps:
        if gap is not None and all(other is part or (more and without(more, gap)) for other, more in gaps):
            return part, gap
    return None, None


def is_vector(shape: Shape) -> bool:
    return 1 in shape


class _Operator:
    """One search, over one g; a class because shapes go with it through every step."""

    def __init__(self, g: Name, shapes: Shapes) -> None:
        self.g = g
        self.shapes = shapes

    def shape(self, formula: Formula) -> Shape:
        return self.shapes.of(formula)

    def has(self, formula: Formula) -> bool:
        return self.g in names_in(formula)

    def of(self, formula: Formula) -> Formula:
        if not self.has(formula):
            return zeros((self.count(formula), self.count(self.g)))
        if formula is self.g:
            rows, columns = self.shape(formula)
            if is_vector((rows, columns)):
                return eye(columns if rows == 1 else rows)
            return call("kron", eye(columns), eye(rows))
        assert isinstance(formula, Call)
        rule = _RULES.get(formula.op)
        if rule is None:
            raise Problem(
                f"the derivative is a tensor for which `{show(formula)}` has no matrix form here", None,
                "differentiate a number made of it, such as its sum, or by one entry", "derivative",
            )  # fmt: skip
        return rule(self, formula)

    def count(self, formula: Formula) -> Size:
        """Return how many entries a formula has."""
        return product(*self.shape(formula))

    def stacked(self, formula: Formula) -> Formula:
        """Return vec(formula), which a vector is itself."""
        rows, columns = self.shape(formula)
        if columns == 1:
            return formula
        return call("transpose", formula) if rows == 1 else call("vec", formula)

    def turned(self, formula: Formula) -> Formula:
        if self.shape(formula) == SCALAR:
            return formula
        if isinstance(formula, Call) and formula.op == "transpose":
            return formula.args[0]
        return call("transpose", formula)

    def add(self, part: Call) -> Formula:
        shape = self.shape(part)
        terms = []
        for arg in part.args:
            if self.has(arg):
                inner = self.of(arg)
                if self.shape(arg) == SCALAR and shape != SCALAR:
                    inner = call("mul", self.stacked(call("ones", *map(size_formula, shape))), inner)
                terms.append(inner)
        return total(terms)

    def neg(self, part: Call) -> Formula:
        return call("neg", self.of(part.args[0]))

    def mul(self, part: Call) -> Formula:
        one, other = part.args
        whole = self.past_unstacking(part)
        if whole is not None:
            return whole
        first, second = self.shape(one), self.shape(other)
        if SCALAR in (first, second):
            inside, outside = (one, other) if self.has(one) else (other, one)
            if self.shape(inside) == SCALAR:
                return call("mul", self.stacked(outside), self.of(inside))
            return call("mul", outside, self.of(inside))
        rows, columns = self.shape(part)
        inside = one if self.has(one) else other
        if (
            is_vector((rows, columns))
            and isinstance(inside, Call)
            and inside.op == "transpose"
            and not is_vector(self.shape(inside))
        ):
            return self.of(call("mul", self.turned(other), self.turned(one)))
        if self.has(other):
            if columns == 1 or (rows == 1 == first[0] and second[1] == 1):
                return call("mul", one, self.of(other)) if second[1] == 1 else self.kroned(one, other, second)
            return self.kroned(one, other, second)
        if rows == 1:
            return call("mul", call("transpose", other), self.of(one))
        return call("mul", call("kron", call("transpose", other), eye(first[0])), self.of(one))

    def past_unstacking(self, part: Call) -> Formula | None:
        """Return the matrix of a product in which a column with g in it is un-stacked, or None for another product.

        The entries of an un-stacked matrix are those of the column, so what stands before them stands before it.
        """
        factors = chain_of(part)
        for place in range(len(factors) - 1):
            before, pair, after = factors[:place], factors[place : place + 2], factors[place + 2 :]
            for turned in (False, True):
                spread, inner = map(self.turned, reversed(pair)) if turned else pair
                order = unstacks(spread)
                if order is None or not self.has(inner):
                    continue
                if is_call(inner, "add"):
                    terms = [call("mul", spread, term) for term in inner.args]
                    each = [self.turned(term) if turned else term for term in terms]
                    return self.of(call("add", *[product_of([*before, term, *after]) for term in each]))
                if is_call(inner, "kron") and inner.args[0] is order:
                    shape = self.shape(spread)[0], self.shape(order)[0]
                    matrix = name("unstacked", tuple(map(str, shape)), of=self.g)
                    self.shapes.name(matrix, shape)
                    there = call("transpose", matrix) if turned else matrix
                    outer = matrix_before(product_of([*before, there, *after]), matrix, self.shapes)
                    return call("mul", outer, self.of(inner.args[1]))
        return None

    def kroned(self, one: Formula, other: Formula, second: Shape) -> Formula:
        return call("mul", call("kron", eye(second[1]), one), self.of(other))

    def hadamard(self, part: Call) -> Formula:
        one, other = part.args
        if SCALAR in (self.shape(one), self.shape(other)):
            return self.mul(call("mul", one, other))
        inside, outside = (one, other) if self.has(one) else (other, one)
        return call("mul", call("diag", self.stacked(outside)), self.of(inside))

    def div(self, part: Call) -> Formula:
        return call("div", self.of(part.args[0]), part.args[1])

    def hdiv(self, part: Call) -> Formula:
        over, under = part.args
        if self.shape(under) == SCALAR:
            return self.div(part)
        inverse = call("hdiv", num(1), self.stacked(under))
        if self.shape(over) == SCALAR:
            return call("mul", inverse, self.of(over))
        return call("mul", call("diag", inverse), self.of(over))

    def choice(self, part: Call) -> Formula:
        """Return the matrix of a choice: of one for each entry, what is taken of it is on a diagonal."""
        condition, *sides = part.args
        number = self.shape(condition) == SCALAR
        found: dict[Formula, list[list[Formula]]] = {}
        for place, side in enumerate(sides):
            for term in side.args if is_call(side, "add") else (side,):
                if self.has(term):
                    inner = term if number else self.scaled(term)
                    factor = self.of(term) if number else tidy(replace(term, {inner: num(1)}), self.shapes)
                    found.setdefault(self.g if number else inner, [[], []])[place].append(factor)
        terms = []
        for inner, factors in found.items():
            chosen: Formula = call(part.op, condition, *(total(each) if each else num(0) for each in factors))
            if number:
                terms.append(chosen)
                continue
            chosen = self.stacked(chosen)
            alone = SCALAR in (self.shape(inner), self.shape(part))
            terms.append(call("mul", chosen if alone else call("diag", chosen), self.of(inner)))
        return total(terms)

    def scaled(self, formula: Formula) -> Formula:
        """Return what has g in it and is multiplied, entry by entry, in a formula."""
        while isinstance(formula, Call) and formula.op in ("neg", "hadamard", "hdiv", "mul", "div"):
            args = [arg for arg in formula.args if self.has(arg)]
            if len(args) != 1 or (formula.op in ("mul", "div") and SCALAR not in map(self.shape, formula.args)):
                break
            formula = args[0]
        return formula

    def transpose(self, part: Call) -> Formula:
        (inner,) = part.args
        rows, columns = self.shape(inner)
        if is_vector((rows, columns)):
            return self.of(inner)
        if isinstance(inner, Call) and inner.op in ("mul", "add", "neg", "hadamard", "div", "transpose"):
            args = [self.turned(arg) for arg in inner.args]
            if inner.op == "transpose":
                return self.of(inner.args[0])
            matrices = all(self.shape(arg) != SCALAR for arg in inner.args)
            return self.of(call(inner.op, *(reversed(args) if inner.op == "mul" and matrices else args)))
        return call("mul", call("comm", size_formula(rows), size_formula(columns)), self.of(inner))

    def sum(self, part: Call) -> Formula:
        (inner,) = part.args
        ones = self.stacked(call("ones", *map(size_formula, self.shape(inner))))
        return call("mul", call("transpose", ones), self.of(inner))

    def tr(self, part: Call) -> Formula:
        (inner,) = part.args
        unit = call("vec", eye(self.shape(inner)[0]))
        return call("mul", call("transpose", unit), self.of(inner))

    def dg(self, part: Call) -> Formula:
        (inner,) = part.args
        size = self.shape(inner)[0]
        ones = call("ones", size_formula(size))
        return self.of(call("mul", call("hadamard", inner, eye(size)), ones))

    def diag(self, part: Call) -> Formula:
        (inner,) = part.args
        size = self.shape(inner)[0]
        row = call("transpose", call("ones", size_formula(size)))
        return self.of(call("hadamard", call("mul", inner, row), eye(size)))

    def vec(self, part: Call) -> Formula:
        return self.of(part.args[0])

    def kron(self, part: Call) -> Formula:
        """Return the matrix of vec(A ⊗ B), which is (I ⊗ K ⊗ I) (vec(A) ⊗ vec(B)) with a commutation matrix K."""
        one, other = part.args
        (m, n), (p, q) = self.shape(one), self.shape(other)
        order = call("kron", call("kron", eye(n), call("comm", size_formula(q), size_formula(m))), eye(p))
        if self.has(one):
            place = call("kron", call("kron", eye(n), eye(m)), self.stacked(other))
            return call("mul", order, call("mul", place, self.of(one)))
        place = call("kron", self.stacked(one), call("kron", eye(q), eye(p)))
        return call("mul", order, call("mul", place, self.of(other)))

    def rows(self, part: Call) -> Formula:
        """Return what takes some rows or columns of a matrix: those of the identity, before it or after it."""
        inner = part.args[0]
        axis = self.shapes.across(part)
        first, last = self.shapes.ends(part)
        ends = size_formula(first), size_formula(last)
        if not axis and self.shape(inner)[1] == 1:
            return call("rows", self.of(inner), *ends)
        chosen = call("rows", eye(self.shape(inner)[axis]), *ends)
        return self.of(call("mul", inner, call("transpose", chosen)) if axis else call("mul", chosen, inner))

    def blocks(self, part: Call) -> Formula:
        """Return the matrix of blocks under each other: of columns blocks again, else a sum over what g is in."""
        rows, columns = self.shape(part)
        if columns == 1:
            return joined([self.of(arg) for arg in part.args], beside=False)
        terms: list[Formula] = []
        start: Size = 1
        for line in part.args:
            beside = line.args if is_call(line, "row") else (line,)
            height = self.shape(line)[0]
            before = call("rows", eye(rows), *_from_to(start, height))
            left: Size = 1
            for block in beside:
                after = call("rows", eye(columns), *_from_to(left, self.shape(block)[1]))
                if self.has(block):
                    terms.append(self.of(product_of([call("transpose", before), block, after])))
                left = added(left, self.shape(block)[1])
            start = added(start, height)
        return total(terms)


def _from_to(first: Size, count: Size) -> tuple[Formula, Formula]:
    """Return the first and the last of so many rows."""
    last = without(added(first, count), 1)
    assert last is not None
    return size_formula(first), size_formula(last)


def eye(size: Size) -> Formula:
    return call("eye", size_formula(size))


_RULES = {
    "add": _Operator.add, "neg": _Operator.neg, "mul": _Operator.mul, "hadamard": _Operator.hadamard,
    "div": _Operator.div, "hdiv": _Operator.hdiv, "transpose": _Operator.transpose, "sum": _Operator.sum,
    "tr": _Operator.tr, "dg": _Operator.dg, "diag": _Operator.diag, "vec": _Operator.vec, "kron": _Operator.kron,
    **{op.name: _Operator.choice for op in OPS.values() if op.chooses},
    **dict.fromkeys(PARTS, _Operator.rows), "column": _Operator.blocks, "matrix": _Operator.blocks,
}  # fmt: skip
