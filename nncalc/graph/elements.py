"""The scalar form: vectors and matrices taken apart into their entries.

One element rule per operation, from the table; `arrangements` has the operations that only arrange
entries, or are written out. An entry of `alpha` is the name `alpha[1,0]`. Knows formulas, shapes and rules,
no values.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, reduce
from typing import NamedTuple

from nncalc.graph.arrangements import ARRANGEMENTS, WRITTEN_OUT, numbers, unwritable
from nncalc.graph.graph import Equation, Graph
from nncalc.graph.minors import Grid
from nncalc.graph.rules import bound, element, letters, rule, size_names, squared
from nncalc.graph.shapes import SCALAR, Shapes, Size
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, name, names_in, num, parts, replace
from nncalc.ops import OPS
from nncalc.ops.kinds import Form, Operation
from nncalc.problems import Problem
from nncalc.progress import told

#: Operations that are themselves among scalars, beside the elementwise ones.
ITSELF = frozenset({"mul", "div", "pow"})


class Axes(NamedTuple):
    """How a quantity's entries are counted: rows from 1, columns from `base`.

    The columns of a matrix that meets a folded intercept are counted from 0, as column 0 holds the
    intercepts. A vector or a single row has one index, a scalar none.
    """

    rows: int
    columns: int
    base: int = 1

    def entry(self, of: Name, row: int, column: int) -> Name:
        """Return the name of the entry at `row`, `column` (from 0) of the quantity `of`."""
        if self.rows == self.columns == 1:
            return of
        index: tuple[int, ...] = (row + 1, column + self.base)
        if self.columns == 1 and self.base == 1:
            index = (row + 1,)
        elif self.rows == 1:
            index = (column + self.base,)
        return name(of.base, index, of.of)

    def names(self, of: Name) -> list[list[Name]]:
        return [[self.entry(of, i, j) for j in range(self.columns)] for i in range(self.rows)]


def bases(graph: Graph) -> dict[Name, int]:
    """Return where the columns of a matrix are counted from 0: it multiplies a folded intercept."""
    found: dict[Name, int] = {}
    for equation in graph.equations:
        for part in parts(equation.formula):
            if isinstance(part, Call) and part.op == "mul":
                left, right = part.args
                if isinstance(left, Name) and isinstance(right, Call) and right.op == "intercept":
                    found[left] = 0
                turned = right.args[0] if is_call(right, "transpose") else None
                if isinstance(turned, Name) and with_ones(left) is not None:
                    found[turned] = 0
    return found


def with_ones(formula: Formula) -> Formula | None:
    """Return what stands in a formula beside a column of ones, which meets the intercepts; None where it is none."""
    row = formula.args[0] if is_call(formula, "matrix") and len(formula.args) == 1 else None
    if isinstance(row, Call) and len(row.args) == 2 and is_call(row.args[0], "ones"):
        return row.args[1]
    return None


class Elements:
    """Takes formulas apart, over one set of quantities.

    What is nothing but scalars, `written`, stays as it was written; the rest is tidied, as sums and ones
    come in that nobody wrote.
    """

    def __init__(self, shapes: Shapes, base: Mapping[Name, int]) -> None:
        self.shapes = shapes
        self.base = base
        self.grids: dict[Formula, Grid] = {}
        self.scalars = Shapes({})
        self.ones: dict[Name, None] = {}
        self.written: set[Formula] = set()
        self.tidy: set[Formula] = set()

    def alike(self, others: Mapping[Name, Name]) -> None:
        """Say that the columns of some quantities are counted as those of others."""
        self.base = {**self.base, **{of: self.base[other] for of, other in others.items() if other in self.base}}

    def stay(self, formula: Formula) -> None:
        """Say that the entries of a formula, which only acts on each entry, are to stay as it is written."""
        self.written.update(parts(formula))

    def axes(self, of: Name) -> Axes:
        rows, columns = numbers(self.shapes.of(of))
        return Axes(rows, columns, self.base.get(name(of.base, of.index), 1))

    def names(self, of: Name) -> list[list[Name]]:
        """Return the names of a quantity's entries, a list a row."""
        return self.axes(of).names(of)

    def place(self, entry: Name) -> tuple[int, int]:
        """Return the row and column, from 0, of an entry of a quantity; raise Problem (`name`) if it has none such."""
        names = self.names(name(entry.base, of=entry.of))
        for i, row in enumerate(names):
            if entry in row:
                return i, row.index(entry)
        raise Problem(
            f"there is no entry `{entry}`",
            None,
            f"the entries of `{entry.base}` run from `{names[0][0]}` to `{names[-1][-1]}`",
            "name",
        )

    def equations(self, equation: Equation) -> list[Equation]:
        """Return one scalar equation for each entry of `equation`, after those of new intercepts."""
        entries = [entry for row in self.names(equation.name) for entry in row]
        formulas = [formula for row in self.grid(equation.formula) for formula in row]
        plain: list[Formula | None] = [None] * len(entries)
        if equation.plain is not None:
            plain = [formula for row in self.grid(equation.plain) for formula in row]
        own = [
            Equation(entry, formula, equation.via, equation.rules, other if other is not formula else None)
            for entry, formula, other in zip(entries, formulas, plain, strict=True)
        ]
        fresh = [Equation(one, num(1), rules=("intercept",)) for one in self.ones]
        self.ones.clear()
        return fresh + own

    def grid(self, formula: Formula) -> Grid:
        """Return the entries of `formula` as scalar formulas."""
        stack = [formula]
        while stack:
            part = stack[-1]
            if part in self.grids:
                stack.pop()
                continue
            missing = [arg for arg in part.args if arg not in self.grids] if isinstance(part, Call) else []
            if missing:
                stack.extend(missing)
            else:
                self.grids[part] = self.apart(part)
        return self.grids[formula]

    def apart(self, part: Formula) -> Grid:
        """Return the entries of a formula whose arguments are taken apart already."""
        if isinstance(part, Num):
            self.written.add(part)
            return [[part]]
        if isinstance(part, Name):
            return self.entries(part)
        op = OPS[part.op]
        grids = [self.grids[arg] for arg in part.args]
        if squared(part) is not part:
            return self.grid(squared(part))
        if part.op in ARRANGEMENTS:
            return ARRANGEMENTS[part.op](self, part, grids)
        if all(arg in self.written for arg in part.args) and (op.entrywise or part.op in ITSELF):
            self.written.add(part)
        return self.entrywise(part, grids) if op.entrywise else self.structural(part, op, grids)

    def structural(self, part: Call, op: Operation, grids: list[Grid]) -> Grid:
        """Return the entries of a call whose entries depend on more than one: by its element rule or its meaning."""
        form, sizes = self.shapes.form(part)
        if form.shapes == "numbers":
            return [[call(part.op, *[grid[0][0] for grid in grids])]]
        if form.element:
            return self.by_rule(part, form, sizes, dict(zip((*op.args, *op.settings), grids, strict=False)))
        if part.op in WRITTEN_OUT:
            problem = unwritable(part, self.shapes)
            if problem is not None:
                raise problem
            return [[self.tidied(part, entry) for entry in row] for row in WRITTEN_OUT[part.op](part, *grids)]
        return self.grid(replace(rule(op.meaning), bound(part) | size_names(sizes)))

    def entries(self, of: Name) -> Grid:
        """Return the entries of a quantity, of which a scalar is its own."""
        names = self.names(of)
        for row in names:
            for entry in row:
                self.scalars.name(entry, SCALAR)
        if names == [[of]]:
            self.written.add(of)
        return [list(row) for row in names]

    def entrywise(self, part: Call, grids: list[Grid]) -> Grid:
        """Return the entries of an elementwise operation; among scalars `.*` is `*`."""
        op = OPS[part.op]
        body = rule(op.element) if op.element else call(part.op, *letters(op))
        rows, columns = numbers(self.shapes.of(part))
        found: Grid = []
        for i in told(range(rows), "taking apart"):
            row: list[Formula] = []
            for j in range(columns):
                args = [grid[i if len(grid) > 1 else 0][j if len(grid[0]) > 1 else 0] for grid in grids]
                if op.variadic:
                    made: Formula = call(part.op, *args)
                else:
                    made = replace(body, dict(zip(letters(op), args, strict=True)))
                row.append(self.tidied(part, made))
            found.append(row)
        return found

    def tidied(self, part: Call, entry: Formula) -> Formula:
        """Return an entry of `part` without what only came in by taking apart."""
        if part in self.written:
            return entry
        found = tidy(entry, self.scalars, self.tidy)
        self.tidy.add(found)
        return found

    def by_rule(self, part: Call, form: Form, sizes: Mapping[str, Size], grids: Mapping[str, Grid]) -> Grid:
        """Return the entries that an element rule says, for arguments with these entries."""
        body = element(form.element)
        rows, columns = numbers(self.shapes.of(part))
        counts = {letter: size for letter, size in sizes.items() if isinstance(size, int)}
        return [
            [self.tidied(part, self.filled(body, grids, {"i": i + 1, "j": j + 1}, counts)) for j in range(columns)]
            for i in told(range(rows), "taking apart")
        ]

    def filled(
        self, body: Formula, grids: Mapping[str, Grid], at: Mapping[str, int], letters: Mapping[str, int]
    ) -> Formula:
        """Return `body` with its index variables at the places `at` and its sums written out."""
        if isinstance(body, Num):
            return body
        if isinstance(body, Name):
            if not body.index:
                number = at.get(body.base)
                if number is None and body.base in grids:
                    return grids[body.base][0][0]
                return num(letters[body.base] if number is None else number)
            i, j = (at[each] if isinstance(each, str) else each for each in body.index)
            return grids[body.base][i - 1][j - 1]
        if body.op.startswith("over_"):
            index, inner = body.args
            assert isinstance(index, Name)
            terms = [
                self.filled(inner, grids, {**at, index.base: k + 1}, letters)
                for k in range(_extent(index.base, inner, grids))
            ]
            word = body.op.removeprefix("over_")
            op = {"sum": "add", "prod": "mul"}.get(word, word)
            if len(terms) == 1 and not OPS[op].never_negative:  # a norm of one number is not that number
                return terms[0]
            if body.op == "over_lse" and isinstance(inner, Call) and inner.op == body.op:
                terms = [each for term in terms for each in (term.args if isinstance(term, Call) else (term,))]
            return call(op, *terms) if OPS[op].variadic else reduce(partial(call, op), terms)
        return call(body.op, *[self.filled(arg, grids, at, letters) for arg in body.args])


def _extent(index: str, body: Formula, grids: Mapping[str, Grid]) -> int:
    """Return how far an index variable runs: the size of an argument where it is used."""
    for part in names_in(body):
        if index in part.index:
            grid = grids[part.base]
            return len(grid) if part.index[0] == index else len(grid[0])
    raise AssertionError(f"no argument is indexed by {index}")


def elements(graph: Graph, shapes: Shapes) -> Graph:
    """Return the scalar form of `graph`; its values are those of `graph`, entry by entry."""
    apart = Elements(shapes, bases(graph))
    leaves = [entry for leaf in graph.leaves for row in apart.names(leaf) for entry in row]
    equations = [scalar for equation in graph.equations for scalar in apart.equations(equation)]
    return Graph(tuple(leaves), tuple(equations))
