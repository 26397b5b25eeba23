"""Sums over an index, in matrices: `sum(i, (y[i] - X[i,:]*w)^2)` is `norm2(y - X*w)^2`.

For each value of an index a formula is an entry, a row or a column of a matrix that has all of them; products are
gathered before they are summed. What has no such matrix is refused. Knows formulas and the operation table; what is
taken for a number or a column is handed back, for whoever knows shapes to check.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from nncalc.graph.families import (
    Family,
    Kind,
    Stuck,
    entries_multiplied,
    entrywise,
    free_names,
    is_column,
    is_numeral,
    is_row,
    of_lines,
    ones_like,
    summed_entries,
    sums_in,
    turned,
    union,
)
from nncalc.graph.shapes import SCALAR, Shapes, size_formula, text_of
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    Num,
    call,
    is_call,
    name,
    names_in,
    num,
    parts,
    product,
    replace,
    total,
)
from nncalc.language.indexing import ENTRIES, TAKING, counted
from nncalc.language.printer import show
from nncalc.ops import OPS, OVER
from nncalc.problems import Problem


class Translated(NamedTuple):
    """A formula without sums over an index, what is taken for a number or a column in it, and as it was written.

    `ranges` are formulas that fit where an index runs as far as a letter says.
    """

    formula: Formula
    numbers: tuple[Formula, ...]
    columns: tuple[Formula, ...]
    written: Formula
    ranges: tuple[Formula, ...] = ()


def in_matrices(formula: Formula, *, norms: bool = True) -> Translated:
    """Return a formula with its sums over indices in matrices; raise Problem (`index`) where one has no such form.

    A sum of squares is the square of a norm, and what runs from 1 to a letter is as long as that says; without `norms`
    neither.

    >>> from nncalc.language.parser import Known, parse
    >>> show(in_matrices(parse("sum(i, sum(j, A[i,j]*x[i]*x[j]))", Known(whole=True))).formula)
    "x' * A * x"
    """
    sums = _Sums(norms=norms)
    found = sums.within_no_index(formula)
    return Translated(
        found,
        tuple(dict.fromkeys(sums.numbers)),
        tuple(dict.fromkeys(sums.columns)),
        formula,
        tuple(dict.fromkeys(sums.whole)),
    )


def settled(found: Translated, shapes: Shapes) -> Formula:
    """Return a translated formula with its ones; raise Problem (`shape`) where what was taken for a number is none."""
    for each in found.numbers:
        if shapes.of(each) != SCALAR:
            raise Problem(
                f"in a sum over an index `{show(each)}` stands as a number, and it is {text_of(shapes.of(each))}", None,
                f"an entry of it has an index, `{show(call('entries', each, *[name('i')] * 2))}`", "shape",
            )  # fmt: skip
    for each in found.columns:
        if shapes.of(each)[1] != 1:
            raise Problem(
                f"in a sum over an index `{show(each)}` is taken for a column, and it is {text_of(shapes.of(each))}",
                None, "a matrix has two indices, `A[i,j]`, or a row of it, `A[i,:]`", "shape",
            )  # fmt: skip
    new: dict[Formula, Formula] = {}
    for part in parts(found.formula):
        ones = part.args[0] if is_call(part, "add") and len(part.args) == 2 and part.args[1] is num(1) else None
        if is_call(ones, "mul") and ones.args[0] is num(0):
            rows, columns = shapes.of(part)
            new[part] = call("ones", *map(size_formula, (rows, columns) if columns != 1 else (rows,)))
    return _outer(replace(found.formula, new)) if new else found.formula


def _outer(formula: Formula) -> Formula:
    """Return a formula with a diagonal matrix times ones as a column times a row of ones."""
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if not is_call(part, "mul"):
            continue
        one, other = part.args
        if is_call(one, "diag") and is_call(other, "ones") and len(other.args) == 2:
            new[part] = call("mul", one.args[0], call("transpose", call("ones", other.args[1])))
        elif is_call(other, "diag") and is_call(one, "ones") and len(one.args) == 2:
            new[part] = call("mul", call("ones", one.args[0]), turned(other.args[0]))
    return replace(formula, new)


def _beyond(index: Formula, body: Formula) -> dict[Formula, int | None]:
    """Return how much is added to an index at most, of each quantity taken by it; None where it is no number."""
    found: dict[Formula, int | None] = {}
    for part in parts(body):
        if isinstance(part, Call) and part.op in TAKING and index in names_in(part.args[1]):
            count = counted(replace(part.args[1], {index: num(0)}))
            before = found.get(part.args[0], 0)
            known = isinstance(count, Num) and before is not None
            found[part.args[0]] = max(before or 0, int(str(count))) if known else None
    return found


def _inside(part: Call, sums: Sequence[Call]) -> bool:
    """Return whether a sum stands in another of them."""
    return any(part is not other and part in parts(other) for other in sums)


class _Sums:
    """Translates the sums of one formula; a class because it notes what it takes for a number or a column."""

    def __init__(self, *, norms: bool) -> None:
        self.norms = norms
        self.whole: list[Formula] = []
        self.beyond: dict[tuple[str, Formula], int | None] = {}
        self.numbers: list[Formula] = []
        self.columns: list[Formula] = []
        self.ranges: dict[str, tuple[Formula, Formula] | None] = {}
        self.known: dict[tuple[Formula, tuple[tuple[str, tuple[Formula, Formula] | None], ...]], Family] = {}

    def within_no_index(self, formula: Formula) -> Formula:
        """Return a formula with its own sums in matrices."""
        sums = sums_in(formula)
        return replace(formula, {part: self.over(part).of for part in sums if not _inside(part, sums)})

    # -- a formula, for each value of the indices ---------------------------------------------------------

    def family(self, formula: Formula) -> Family:
        """Return what a formula is for each value of the indices around it."""
        key = formula, tuple(self.ranges.items())
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = self.found(formula)
        return found

    def found(self, formula: Formula) -> Family:
        if not self.uses(formula):
            return Family("plain", (), self.within_no_index(formula))
        if not isinstance(formula, Call):
            raise Stuck(f"`{show(formula)}` stands there as a number; only what it counts has a form in matrices")
        match formula.op:
            case op if op.startswith("over_"):
                return self.over(formula)
            case op if op in TAKING:
                return self.part(formula)
            case "transpose":
                return self.transposed(self.family(formula.args[0]))
            case "neg":
                inner = self.family(formula.args[0])
                return inner._replace(of=call("neg", inner.of))
            case "add":
                return self.together("add", [self.family(arg) for arg in formula.args], formula)
            case "mul" | "hadamard":
                return self.product(formula)
            case _:
                return self.applied(formula)

    def applied(self, formula: Call) -> Family:
        if formula.op in ("div", "hdiv"):
            return self.quotient(formula)
        return self.power(formula) if formula.op in ("pow", "hpow") else self.called(formula)

    def quotient(self, formula: Call) -> Family:
        over, under = (self.family(arg) for arg in formula.args)
        if under.kind == "plain":
            return over._replace(of=call(formula.op, over.of, under.of))
        return self.together("hdiv", [over, under], formula)

    def uses(self, formula: Formula) -> bool:
        """Return whether a formula changes with an index around it."""
        return any(each.base in self.ranges and not each.index and each.of is None for each in free_names(formula))

    def transposed(self, inner: Family) -> Family:
        if inner.kind == "number":
            return inner
        return Family("column" if inner.kind == "row" else "row", inner.indices, turned(inner.of))

    def power(self, formula: Call) -> Family:
        """Return a power; that of a norm, which is a number, is a sum of squares."""
        base, exponent = formula.args
        if self.uses(exponent):
            return self.together("hpow", [self.family(base), self.family(exponent)], formula)
        if is_call(base, "norm2") and exponent is num(2):
            inner = self.family(base.args[0])
            squared = inner._replace(of=call("hpow", inner.of, exponent))
            return self.of_vector("sum", squared) if inner.kind != "number" else squared
        inner = self.number(self.family(base), formula) if formula.op == "pow" else self.family(base)
        return inner._replace(of=call("hpow", inner.of, exponent))

    def called(self, formula: Call) -> Family:
        """Return a call: of what acts on each entry, or of what makes one number of a vector."""
        op = OPS.get(formula.op)
        if op is None:
            raise Stuck(f"`{show(formula)}` has no form in matrices")
        settings = formula.args[len(op.args) :] if op.settings else ()
        args = [self.family(arg) for arg in formula.args[: len(formula.args) - len(settings)]]
        if op.entrywise and not (op.variadic and len(args) == 1):
            if len(args) == 1:
                return args[0]._replace(of=call(op.name, args[0].of, *settings))
            return self.together(op.name, args, formula, settings)
        if len(args) == 1 and args[0].kind in ("row", "column"):
            if args[0].kind == "column" and (op.name, "columns") in OVER and OVER[op.name, "columns"] is op:
                return args[0]._replace(of=call(op.name, args[0].of, *settings))  # of each column by itself
            if all(form.shapes.endswith("-> 1 1") or form.shapes == "numbers" for form in op.forms) or op.variadic:
                return self.of_vector(op.name, args[0])
        raise Stuck(f"`{show(formula)}` has no form in matrices")

    def of_vector(self, op: str, inner: Family) -> Family:
        """Return the number that an operation makes of each row or column."""
        rows = inner.of if inner.kind == "row" else turned(inner.of)
        return Family("number", inner.indices, of_lines(op, rows, "rows"))

    def number(self, found: Family, formula: Formula) -> Family:
        """Return a family of numbers, as which a row of one column is taken too."""
        if found.kind == "row":
            self.columns.append(found.of)
            return Family("number", found.indices, found.of)
        if found.kind == "column":
            raise Stuck(f"`{show(formula)}` is no number")
        if found.kind == "plain":
            self.numbers.append(found.of.args[0] if is_call(found.of, "neg") else found.of)
        return found

    def together(self, op: str, args: Sequence[Family], formula: Formula, settings: Iterable[Formula] = ()) -> Family:
        """Return what acts on entries of several families, of one kind with the same indices."""
        kinds = {each.kind for each in args if each.kind != "plain"}
        if kinds in ({"row"}, {"column"}):
            whole = self.of_one_kind(op, args, settings)
            if whole is not None:
                return whole
            if kinds == {"column"}:
                raise Stuck(f"`{show(formula)}` has no form in matrices")
        args = [self.number(each, formula) for each in args]
        index = union(args)
        if len(index) > 2:
            raise Stuck(f"`{show(formula)}` has {len(index)} indices, a matrix has two")
        return Family("number", index, call(op, *[self.spread(each, index, args) for each in args], *settings))

    def of_one_kind(self, op: str, args: Sequence[Family], settings: Iterable[Formula]) -> Family | None:
        """Return what acts on rows, or on columns, with vectors among them that are the same for each."""
        (index,) = [*{each.indices for each in args if each.kind != "plain"}][:1]
        like = next(each for each in args if each.kind != "plain")
        row = like.kind == "row"
        if any(each.kind != "plain" and each.indices != index for each in args):
            return None
        given: list[Formula] = []
        for each in args:
            if each.kind == "plain" and not is_numeral(each.of):
                if not (is_row(each.of) if row else is_column(each.of)):
                    return None
                ones = ones_like(of_lines("sum", like.of, "rows" if row else "columns"))
                given.append(call("mul", ones, each.of) if row else call("mul", each.of, ones))
            else:
                given.append(each.of)
        return like._replace(of=call(op, *given, *settings))

    def spread(self, found: Family, index: tuple[str, ...], others: Sequence[Family]) -> Formula:
        """Return numbers as entries of what has all of these indices, the same for each value of what they lack."""
        if found.kind == "plain" or found.indices == index:
            return found.of
        if len(found.indices) == 2:
            return turned(found.of)
        whole = next((each for each in others if len(each.indices) == 2), None)
        if whole is not None:
            ones = ones_like(whole.of if whole.indices == index else turned(whole.of))
            diagonal = call("diag", found.of)
            return call("mul", diagonal, ones) if found.indices[0] == index[0] else call("mul", ones, diagonal)
        other = next(each for each in others if each.indices and each.indices != found.indices)
        if found.indices[0] == index[0]:
            return call("mul", found.of, turned(ones_like(other.of)))
        return call("mul", ones_like(other.of), turned(found.of))

    # -- what is taken ------------------------------------------------------------------------------------

    def part(self, formula: Call) -> Family:
        """Return entries, rows or columns that are taken by an index."""
        inner, first, last = formula.args
        if not (self.uses(first) or self.uses(last)):
            return self.fixed(formula)
        if first is not last:
            raise Stuck(f"`{show(formula)}` is a slice that changes with an index")
        index = self.place(first, formula)
        of = self.family(inner)
        if formula.op in ENTRIES:
            return self.entry(of, index, first, formula)
        if of.kind != "plain":
            raise Stuck(f"`{show(formula)}` has no form in matrices")
        kind: Kind = "row" if formula.op == "rows" else "column"
        return Family(kind, (index,), self.within(formula.op, of.of, index, first))

    def fixed(self, formula: Call) -> Family:
        """Return a part at a place that is the same for each value of the indices."""
        inner, first, last = formula.args
        of = self.family(inner)
        if formula.op in ENTRIES and of.kind == "row":
            taken = call("columns" if formula.op == "entries" else "columns_0", of.of, first, last)
            return Family("number" if first is last else "row", of.indices, taken)
        if formula.op in ENTRIES and of.kind == "column":
            taken = call("rows", of.of, first, last)
            return Family("number", of.indices, turned(taken)) if first is last else of._replace(of=taken)
        raise Stuck(f"`{show(formula)}` has no form in matrices")

    def entry(self, of: Family, index: str, place: Formula, formula: Call) -> Family:
        """Return the entries of a vector, or of each of some vectors."""
        if of.kind == "plain":
            row = is_call(of.of, "rows") and of.of.args[1] is of.of.args[2]
            column = turned(of.of) if row else of.of
            if not row:
                self.columns.append(column)
            return Family("number", (index,), self.within("entries", column, index, place))
        if of.kind == "number":
            raise Stuck(f"`{show(formula)}` takes an entry of a number")
        if of.indices == (index,):
            if self.ranges[index] is not None or not isinstance(place, Name):
                raise Stuck(f"`{show(formula)}` is a diagonal, which a range does not cut")
            return Family("number", (index,), call("dg", of.of))
        if of.kind == "row":
            return Family("number", (*of.indices, index), self.within("columns", of.of, index, place))
        return Family("number", (*of.indices, index), turned(self.within("rows", of.of, index, place)))

    def place(self, formula: Formula, part: Call) -> str:
        """Return the index of a place, to which a whole number may be added."""
        used = [each.base for each in names_in(formula) if each.base in self.ranges]
        plain = isinstance(formula, Name)
        if len(used) != 1 or not (plain or (is_call(formula, "add") and name(used[0]) in formula.args)):
            raise Stuck(f"`{show(part)}`: an index is one letter, or a number added to it")
        if not plain and self.ranges[used[0]] is None:
            raise Stuck(f"`{show(part)}` needs to know from where to where `{used[0]}` runs, `sum({used[0]}=1:n, ...)`")
        return used[0]

    def within(self, op: str, of: Formula, index: str, place: Formula) -> Formula:
        """Return what an index runs over: all rows, columns or entries, or those of its range."""
        ends = self.ranges[index]
        if ends is None:
            return of
        beyond = self.beyond.get((index, of), 0 if isinstance(place, Name) else None)
        if self.norms and beyond is not None and ends[0] is num(1) and isinstance(ends[1], Name):
            ones = call("ones", call("add", ends[1], num(beyond)) if beyond else ends[1])
            fits = {"rows": call("mul", call("transpose", ones), of), "entries": call("hadamard", of, ones)}
            self.whole.append(fits.get(op, call("mul", of, ones)))
            if not beyond:
                return of
        return call(op, of, *[counted(replace(place, {name(index): end})) for end in ends])

    # -- products -----------------------------------------------------------------------------------------

    def factors(self, formula: Formula) -> tuple[list[Family], list[Family]]:
        """Return the numbers among the factors of a product, and its other factors from left to right."""
        numbers: list[Family] = []
        chain: list[Family] = []
        pending = [formula]
        flat: list[Formula] = []
        while pending:
            part = pending.pop()
            if is_call(part, "mul"):
                pending += reversed(part.args)
            else:
                flat.append(part)
        for part in flat:
            found = self.family(part)
            numbers += [found] if found.kind == "number" else []
            chain += [found] if found.kind != "number" else []
        return numbers, self.linked(chain, numbers)

    def linked(self, chain: list[Family], numbers: list[Family]) -> list[Family]:
        """Return a chain with factors that meet multiplied; those that come to numbers are put with `numbers`."""
        place = 0
        while place + 1 < len(chain):
            one, other = chain[place : place + 2]
            met = self.met(one, other)
            if met is None:
                place += 1
                continue
            chain = [*chain[:place], *([] if met.kind == "number" else [met]), *chain[place + 2 :]]
            numbers += [met] if met.kind == "number" else []
            place = max(0, place - 1)
        return chain

    def met(self, one: Family, other: Family) -> Family | None:
        """Return the product of two factors; None of a column and a row, which are a matrix for each value."""
        kinds = one.kind, other.kind
        if kinds == ("plain", "plain"):
            return Family("plain", (), call("mul", one.of, other.of))
        if kinds == ("row", "plain"):
            found = Family("row", one.indices, call("mul", one.of, other.of))
            return self.number(found, found.of) if is_column(other.of) else found
        if kinds == ("plain", "column"):
            found = Family("column", other.indices, call("mul", one.of, other.of))
            if is_row(one.of) and not is_column(one.of):
                self.columns.append(turned(found.of))
                return Family("number", found.indices, turned(found.of))
            return found
        if kinds == ("row", "column"):
            if one.indices == other.indices:
                return Family(
                    "number", one.indices, of_lines("sum", entries_multiplied(one.of, turned(other.of)), "rows")
                )
            return Family("number", (*one.indices, *other.indices), call("mul", one.of, other.of))
        if kinds == ("plain", "row") and is_numeral(one.of):
            return other._replace(of=call("mul", one.of, other.of))
        if kinds == ("column", "plain") and is_numeral(other.of):
            return one._replace(of=call("mul", other.of, one.of))
        return None

    def product(self, formula: Call) -> Family:
        """Return a product as one family."""
        if formula.op == "hadamard":
            return self.together("hadamard", [self.family(arg) for arg in formula.args], formula)
        numbers, chain = self.factors(formula)
        if not chain:
            return self.multiplied(numbers, formula)
        if len(chain) == 1 and chain[0].kind == "plain":
            self.numbers.append(chain[0].of)
            found = self.multiplied(numbers, formula)
            return found._replace(of=call("mul", chain[0].of, found.of))
        if len(chain) != 1 or len(chain[0].indices) != 1:
            raise Stuck(f"`{show(formula)}` is a matrix for each value of an index")
        return self.scaled(numbers, chain[0], formula)

    def scaled(self, numbers: Sequence[Family], whole: Family, formula: Formula) -> Family:
        """Return rows or columns with numbers before them, one for each."""
        if not numbers:
            return whole
        by = self.multiplied(numbers, formula)
        if by.indices != whole.indices:
            raise Stuck(f"`{show(formula)}` has more indices than a matrix has")
        diagonal = call("diag", by.of)
        factors = (diagonal, whole.of) if whole.kind == "row" else (whole.of, diagonal)
        return whole._replace(of=call("mul", *factors))

    def multiplied(self, numbers: Sequence[Family], formula: Formula) -> Family:
        """Return a product of numbers as one family; what lacks an index scales rows or columns."""
        index = union(numbers)
        if len(index) > 2:
            raise Stuck(f"`{show(formula)}` has {len(index)} indices, a matrix has two")
        alike = [each for each in numbers if len(each.indices) == len(index)]
        if len(index) == 1 or not alike:
            found = [entrywise([each.of for each in numbers if each.indices == (one,)]) for one in index]
            return Family("number", index, found[0] if len(found) == 1 else call("mul", found[0], turned(found[1])))
        whole = entrywise([each.of if each.indices == index else turned(each.of) for each in alike])
        for place, one in enumerate(index):
            scales = [each.of for each in numbers if each.indices == (one,)]
            if scales:
                diagonal = call("diag", entrywise(scales))
                whole = call("mul", *((whole, diagonal) if place else (diagonal, whole)))
        return Family("number", index, whole)

    # -- sums ---------------------------------------------------------------------------------------------

    def over(self, formula: Call) -> Family:
        """Return a sum over an index, a product, a maximum or their like."""
        letter, body, *ends = formula.args
        index = str(letter)
        if index in self.ranges:
            raise Problem(
                f"`{index}` already runs around `{show(formula)}`", None, "each sum has a letter of its own", "index"
            )
        self.ranges[index] = (ends[0], ends[1]) if ends else None
        self.beyond |= {(index, of): count for of, count in _beyond(letter, body).items()}
        try:
            return self.summed(index, body) if formula.op == "over_sum" else self.gone_over(formula.op, index, body)
        except Stuck as why:
            raise Problem(
                f"`{show(formula)}` has no form in matrices: {why}", None,
                "write it with matrices, or with its terms one by one", "shape",
            ) from None  # fmt: skip
        finally:
            del self.ranges[index]

    def gone_over(self, op: str, index: str, body: Formula) -> Family:
        """Return a product over an index, a maximum, a log-sum-exp."""
        found = self.number(self.family(body), body)
        op = op.removeprefix("over_")
        if index not in found.indices:
            raise Stuck(f"nothing in it has the index `{index}`, so nobody knows how far it runs")
        if len(found.indices) == 1:
            whole = call(op, found.of) if OPS[op].forms else of_lines(op, found.of, "columns")
            return Family("plain", (), whole)
        rows = found.of if found.indices[1] == index else turned(found.of)
        return Family("number", tuple(each for each in found.indices if each != index), of_lines(op, rows, "rows"))

    def summed(self, index: str, body: Formula) -> Family:
        """Return the sum of a formula over an index, term by term where its terms are of several kinds."""
        if not self.uses(body):
            return Family("plain", (), call("mul", self.count(index), self.within_no_index(body)))
        if is_call(body, "neg"):
            found = self.summed(index, body.args[0])
            return found._replace(of=call("neg", found.of))
        if is_call(body, "add"):
            terms = [self.family(arg) for arg in body.args]
            kinds = {each.kind for each in terms if each.kind != "plain"}
            alike = all(each.indices in ((), (index,)) for each in terms) and kinds not in ({"row"}, {"column"})
            if not alike and all(index in each.indices for each in terms):
                return self.added([self.summed(index, arg) for arg in body.args], body)
            whole = self.together("add", terms, body)
            if index not in whole.indices:
                raise Stuck(f"a term does not have the index `{index}`; say how far it runs, `sum({index}=1:n, ...)`")
            if whole.kind == "number":
                return self.gathered(index, [whole], [], body)
            return self.gathered(index, [], [whole], body)
        numbers, chain = self.factors(body)
        return self.gathered(index, numbers, chain, body)

    def added(self, terms: list[Family], body: Formula) -> Family:
        """Return a sum of sums."""
        if all(each.kind == "plain" for each in terms):
            return Family("plain", (), total([each.of for each in terms]))
        return self.together("add", terms, body)

    def gathered(self, index: str, numbers: list[Family], chain: list[Family], body: Formula) -> Family:
        """Return the sum of a product over an index."""
        inside = [each for each in numbers if index in each.indices]
        outside = [each for each in numbers if index not in each.indices]
        vectors = [each.of for each in inside if len(each.indices) == 1]
        others: dict[str, list[Formula]] = {}
        for each in inside:
            if len(each.indices) == 2:
                other = each.indices[0] if each.indices[1] == index else each.indices[1]
                others.setdefault(other, []).append(each.of if each.indices[0] == other else turned(each.of))
        running = [each for each in chain if index in each.indices]
        if others:
            if running:
                raise Stuck(f"`{show(body)}` has more indices than a matrix has")
            outside.append(self.by_matrices(others, vectors, body))
        elif running:
            first, last = chain.index(running[0]), chain.index(running[-1])
            between = [each for each in chain[first:last] if each not in running]  # of a column and a row, numbers
            self.numbers += [each.of for each in between]
            chain = [*chain[:first], *between, self.by_rows(running, vectors, body), *chain[last + 1 :]]
        elif vectors:
            chain = [*chain, Family("plain", (), summed_entries(vectors, norms=self.norms))]
        else:
            chain = [Family("plain", (), self.count(index)), *chain]
        return self.rebuilt(outside, self.linked(chain, outside), body)

    def count(self, index: str) -> Formula:
        """Return how many values an index has, which only a range says where nothing has it."""
        ends = self.ranges[index]
        if ends is None:
            raise Stuck(f"a term does not have the index `{index}`; say how far it runs, `sum({index}=1:n, ...)`")
        first, last = ends
        found = last if first is num(1) else counted(call("add", last, num(1), call("neg", first)))
        if isinstance(found, Num):
            return found
        if is_call(found, "neg") or not self.norms:
            raise Stuck(f"`{index}` runs from {show(first)} to {show(last)}, which is no number of terms that is known")
        self.numbers.append(found)
        return found

    def by_matrices(self, others: dict[str, list[Formula]], vectors: list[Formula], body: Formula) -> Family:
        """Return a sum of entries of matrices, which is a product of them: Σₖ Aᵢₖ Bₖⱼ."""
        if len(others) > 2:
            raise Stuck(f"`{show(body)}` has more indices than a matrix has")
        weights = entrywise(vectors) if vectors else None
        matrices = {other: entrywise(found) for other, found in others.items()}
        if len(others) == 1:
            ((other, whole),) = matrices.items()
            found = of_lines("sum", whole, "rows") if weights is None else call("mul", whole, weights)
            return Family("number", (other,), found)
        (first, left), (second, right) = matrices.items()
        if weights is not None:
            left = call("mul", left, call("diag", weights))
        return Family("number", (first, second), call("mul", left, turned(right)))

    def by_rows(self, running: list[Family], vectors: list[Formula], body: Formula) -> Family:
        """Return a sum of rows, of columns, or of columns times rows, with numbers before them."""
        kinds = [each.kind for each in running]
        weights = entrywise(vectors) if vectors else None
        one = running[0].of
        if kinds == ["row"]:
            found = call("mul", turned(weights), one) if weights is not None else of_lines("sum", one, "columns")
        elif kinds == ["column"]:
            found = call("mul", one, weights) if weights is not None else of_lines("sum", one, "rows")
        elif kinds == ["column", "row"]:
            left = call("mul", one, call("diag", weights)) if weights is not None else one
            found = call("mul", left, running[1].of)
        else:
            raise Stuck(f"`{show(body)}` has no form in matrices")
        return Family("plain", (), found)

    def rebuilt(self, numbers: list[Family], chain: list[Family], body: Formula) -> Family:
        """Return numbers times a chain as one family, for the sums around it."""
        if not numbers and all(each.kind == "plain" for each in chain):
            return Family("plain", (), product([each.of for each in chain]))
        if len(chain) == 1 and chain[0].kind != "plain" and len(chain[0].indices) == 1:
            return self.scaled(numbers, chain[0], body)
        if len(chain) > 1 or any(each.kind != "plain" for each in chain):
            raise Stuck(f"`{show(body)}` has no form in matrices")
        found = self.multiplied(numbers, body)
        if not chain:
            return found
        self.numbers.append(chain[0].of)
        return found._replace(of=call("mul", chain[0].of, found.of))
