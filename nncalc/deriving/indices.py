"""Index notation: one general element of a formula, and its derivative by one entry.

Entries are names with index variables, Aⱼ,ₖ; of what is not written out they are `entry`, (W x + b)ⱼ. What an
element is comes from the element rules of the operation table, what its derivative is from the slopes
there. Knows formulas, shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from nncalc.deriving.scalars import made, minus, outer_slope, over, plus, raised, swapped, times, uses
from nncalc.graph.rules import bound, element, has_square, rule, size_names
from nncalc.graph.shapes import SCALAR, Shapes, exponent
from nncalc.graph.sizes import Size, size_formula
from nncalc.graph.tidy import ONE, ZERO
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, name, names_in, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import Function
from nncalc.problems import Problem

#: An index variable; 1 where there is one row or one column, which no index counts.
Index: TypeAlias = str | int

#: How many factors a matrix power is written out with.
MOST_FACTORS = 6


class Indices:
    """Writes general elements over some shapes; a class because it numbers the index variables.

    `ranges` says how far each of them runs. `wrt` is the quantity that is differentiated by, `entry_of_wrt` its
    general entry.
    """

    def __init__(self, shapes: Shapes, wrt: Name, ranges: dict[str, Size] | None = None) -> None:
        self.shapes = shapes
        self.wrt = wrt
        self.ranges: dict[str, Size] = {} if ranges is None else ranges
        self.depending: dict[Formula, bool] = {}
        self.entry_of_wrt: Formula = wrt

    def fresh(self, size: Size) -> Index:
        """Return a new index variable that runs to `size`."""
        if size == 1:
            return 1
        found = f"#{len(self.ranges) + 1}"
        self.ranges[found] = size
        return found

    def depends(self, formula: Formula) -> bool:
        """Return whether an element changes with the variable."""
        found = self.depending.get(formula)
        if found is None:
            if isinstance(formula, Name):
                found = formula.base == self.wrt.base and formula.of is None
            elif is_call(formula, "entry"):
                found = self.wrt in names_in(formula.args[0])
            else:
                found = isinstance(formula, Call) and any(map(self.depends, formula.args))
            self.depending[formula] = found
        return found

    def entry(self, formula: Formula, row: Index, column: Index) -> Formula:
        """Return an entry of `formula`, not written out."""
        if self.is_numeral(formula):
            return formula
        rows, columns = self.shapes.of(formula)
        index = tuple(each for each, size in ((row, rows), (column, columns)) if size != 1)
        if isinstance(formula, Name):
            return name(formula.base, index) if index else formula
        assert isinstance(formula, Call)
        if formula.op == "transpose":
            return self.entry(formula.args[0], column, row)
        if formula.op == "neg":
            return minus(self.entry(formula.args[0], row, column))
        if formula.op in ("mul", "div") and any(map(self.is_numeral, formula.args)):
            return made(formula.op, [self.entry(arg, row, column) for arg in formula.args])
        if formula.op in ("ones", "zeros", "eye") or self.goes_inside(formula):
            return self.element(formula, row, column)
        return call("entry", formula, *[name(str(each)) for each in index])

    def is_numeral(self, formula: Formula) -> bool:
        return not names_in(formula) and self.shapes.of(formula) == SCALAR

    def goes_inside(self, part: Call) -> bool:
        """Return whether an entry of a call is written as the call of entries: but for a sum with a product in it."""
        if not OPS[part.op].entrywise:
            return part.op == "pow" and self.shapes.of(part) == SCALAR and not has_square(part.args[0])
        return part.op != "add" or not any(map(self.is_product, part.args))

    def is_product(self, formula: Formula) -> bool:
        """Return whether a term of a sum is a product of matrices."""
        if is_call(formula, "neg"):
            return self.is_product(formula.args[0])
        return is_call(formula, "mul") and self.shapes.of(formula) != SCALAR

    def element(self, part: Call, row: Index, column: Index) -> Formula:
        """Return an entry of a call by the rule of its operation; raise Problem where there is none."""
        op = OPS[part.op]
        args_of = dict(zip((*op.args, *op.settings), part.args, strict=False))
        if op.forms and op.forms[0].general:
            return self.filled(parse(op.forms[0].general, calculus=True), args_of, {}, {"i": row, "j": column})
        if op.entrywise:
            args = [self.entry(arg, row, column) for arg in part.args]
            if not op.element:
                return made(part.op, args)
            new = {name(letter): arg for letter, arg in zip(op.args, args, strict=True)}
            return swapped(rule(op.element), lambda each: new.get(each) if isinstance(each, Name) else None)
        if part.op == "pow" and self.shapes.of(part) != SCALAR:
            return self.element(self.unrolled(part), row, column)
        if op.forms[0].shapes in ("sizes", "entries", "part") or (op.variadic and len(part.args) > 1):
            raise self.unknown(part)
        form, sizes = self.shapes.form(part)
        if form.element and "lse(" not in form.element:
            letters = {letter: size_formula(size) for letter, size in sizes.items()}
            return self.filled(element(form.element), args_of, letters, {"i": row, "j": column})
        if op.meaning and not {"inv", "adj", "det"} & {
            each.op for each in parts(rule(op.meaning)) if isinstance(each, Call)
        }:
            return self.entry(replace(rule(op.meaning), bound(part) | size_names(sizes)), row, column)
        raise self.unknown(part)

    def unknown(self, part: Call) -> Problem:
        return Problem(
            f"`{word_of(part)}` in `{show(part)}` has no element that could be written out and differentiated",
            None, "`--method rules` differentiates it", "derivative",
        )  # fmt: skip

    def unrolled(self, power: Call) -> Call:
        """Return a power of a square matrix as a product; raise Problem."""
        count = exponent(power)
        if not 2 <= count <= MOST_FACTORS:
            raise self.unknown(power)
        found = power.args[0]
        for _ in range(count - 1):
            found = call("mul", found, power.args[0])
        assert isinstance(found, Call)
        return found

    def filled(
        self, body: Formula, bound: Mapping[str, Formula], letters: Mapping[str, Formula], here: Mapping[str, Index]
    ) -> Formula:
        """Return an element rule with its arguments, sizes and index variables put in."""
        if isinstance(body, Num):
            return body
        if isinstance(body, Name):
            if not body.index:
                return letters[body.base]
            row, column = (here[each] if isinstance(each, str) else each for each in body.index)
            return self.entry(bound[body.base], row, column)
        if body.op == "delta":
            row, column = (here[str(arg)] for arg in body.args)
            return call("delta", name(str(row)), name(str(column))) if row != column else ONE
        if body.op == "over_sum":
            index = self.fresh(self.extent(str(body.args[0]), body.args[1], bound))
            inner = self.filled(body.args[1], bound, letters, {**here, str(body.args[0]): index})
            return inner if index == 1 else call("over_sum", name(str(index)), inner)
        return made(body.op, [self.filled(arg, bound, letters, here) for arg in body.args])

    def extent(self, index: str, body: Formula, bound: Mapping[str, Formula]) -> Size:
        """Return how far an index variable of a rule runs: the size of an argument where it is used."""
        used = next(each for each in names_in(body) if index in each.index)
        return self.shapes.of(bound[used.base])[used.index.index(index)]

    def where(self, entry: Call) -> tuple[Index, Index]:
        """Return the row and the column of an `entry`."""
        index = [str(arg) for arg in entry.args[1:]]
        rows, columns = self.shapes.of(entry.args[0])
        row: Index = index.pop(0) if rows != 1 else 1
        return row, index.pop(0) if columns != 1 else 1

    # -- written out ------------------------------------------------------------------------------------------

    def opened(self, formula: Formula) -> Formula:
        """Return an element with what is linear in it written out, so that the derivative can go term by term.

        What does not depend on the variable stays as it is, and so does what a function is applied to, and the
        factors of a product of which more than one depends on it, unless they are products themselves.
        """
        if not isinstance(formula, Call) or not self.depends(formula):
            return formula
        match formula.op:
            case "entry":
                return self.opened_entry(formula)
            case "add" | "neg" | "over_sum":
                return made(formula.op, [self.opened(arg) for arg in formula.args])
            case "mul" if sum(map(self.depends, formula.args)) == 1:
                return self.joined([], [self.opened(arg) for arg in formula.args])
            case "div" if not self.depends(formula.args[1]):
                return over(self.opened(formula.args[0]), formula.args[1])
            case "pow":
                base, to = formula.args
                norm = base.args[0] if is_call(base, "entry") else None
                if has_square(norm):
                    return self.opened(raised(self.element(norm, 1, 1), to))
                return formula
            case _:
                return formula

    def opened_entry(self, formula: Call) -> Formula:
        part = formula.args[0]
        assert isinstance(part, Call)
        row, column = self.where(formula)
        try:
            if part.op == "pow" and self.shapes.of(part) != SCALAR:
                part = self.unrolled(part)
            body = self.element(part, row, column)
        except Problem:
            return formula
        if part.op != "mul":
            return self.opened(body)
        outer: list[Formula] = []
        while is_call(body, "over_sum"):
            outer.append(body.args[0])
            body = body.args[1]
        both = all(self.wrt in names_in(arg) for arg in part.args)
        factors = body.args if is_call(body, "mul") else (body,)
        return self.joined(outer, [each if both and not _chains(each) else self.opened(each) for each in factors])

    def joined(self, outer: list[Formula], factors: list[Formula]) -> Formula:
        """Return a product under the sums over `outer`, the sums that its factors are put around it."""
        before, after = [], []  # type: tuple[list[Formula], list[Formula]]
        body: Formula = ONE
        for place, factor in enumerate(factors):
            while is_call(factor, "over_sum"):
                (after if place else before).append(factor.args[0])
                factor = factor.args[1]  # noqa: PLW2901 -- what is under the sum
            body = times(body, factor)
        for index in reversed([*before, *outer, *after]):
            body = made("over_sum", [index, body])
        return body

    # -- the derivative ---------------------------------------------------------------------------------------

    def slope(self, formula: Formula) -> Formula:
        """Return the derivative of an element by the entry of the variable, by the rules of the outermost operations.

        That of an entry which is not written out stands in it as `derivative`, that of an entry of the variable as
        a name, ∂xₖ/∂xᵢ.
        """
        if not self.depends(formula):
            return ZERO
        if isinstance(formula, Name):
            return self.by(formula)
        assert isinstance(formula, Call)
        args = formula.args
        match formula.op:
            case "entry":
                return self.by(formula)
            case "add":
                return plus(map(self.slope, args))
            case "neg":
                return minus(self.slope(args[0]))
            case "over_sum":
                return self.total(str(args[0]), self.slope(args[1]))
            case "mul":
                return plus([times(self.slope(args[0]), args[1]), times(args[0], self.slope(args[1]))])
            case "div" if not self.depends(args[1]):
                return over(self.slope(args[0]), args[1])
            case _:
                inner = [(place, self.slope(arg)) for place, arg in enumerate(args) if self.depends(arg)]
                return plus(times(outer_slope(formula, place), slope) for place, slope in inner)

    def total(self, index: str, body: Formula) -> Formula:
        """Return the sum of `body` over an index; of what does not use it, a multiple."""
        if uses(body, index):
            return made("over_sum", [name(index), body])
        return times(size_formula(self.ranges[index]), body)

    def by(self, formula: Formula) -> Formula:
        """Return the derivative of `formula` by the entry of the variable, not worked out."""
        if formula is self.entry_of_wrt:
            return ONE
        if isinstance(formula, Name):
            assert isinstance(self.entry_of_wrt, Name)
            return name(self.wrt.base, self.entry_of_wrt.index, of=formula)
        return call("derivative", formula, self.entry_of_wrt)


def word_of(part: Call) -> str:
    """Return how the operation of a call that has no element is written."""
    notation = OPS[part.op].notation
    return notation.word if isinstance(notation, Function) else "^"


def _chains(formula: Formula) -> bool:
    """Return whether a factor is an entry of a product of matrices."""
    if not (is_call(formula, "entry") and len(formula.args) > 1):
        return False
    part = formula.args[0]
    return isinstance(part, Call) and part.op in ("mul", "pow")
