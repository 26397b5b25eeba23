"""Shapes: what fits, by unification of the table's signatures.

A shape is a pair of sizes, a size a whole number, a symbol (`n`, `n+1`), a product (`2*m*p`) or not known yet.
Scalars are 1×1, vectors columns. Knows formulas and signatures, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from nncalc.graph.graph import Graph
from nncalc.graph.patterns import Templates
from nncalc.graph.pictures import sizes_of
from nncalc.graph.sizes import (
    SCALAR,
    Shape,
    Size,
    Unknown,
    added,
    letters_in,
    moved,
    product,
    signature,
    size_formula,
    text_of,
    without,
)
from nncalc.language.formula import Call, Formula, Name, Num, call, is_call, names_in, num, number_of, parts
from nncalc.language.indexing import indices_of
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import UNROLLED, Form, Function, Infix, Operation
from nncalc.problems import Problem, Where

__all__ = [
    "PARTS", "SCALAR", "Shape", "Shapes", "Size", "Unknown", "exponent", "letters_in", "product", "shapes_of",
    "signature", "size_formula", "text_of", "zeros",
]  # fmt: skip

#: The operations that take some rows, columns or entries, and whether columns; None where the shape says which.
PARTS: Mapping[str, bool | None] = {
    "rows": False, "columns": True, "columns_0": True, "entries": None, "entries_0": None,
}  # fmt: skip

#: The largest exponent of a matrix power: its gradient has as many terms.
MOST_FACTORS = 64


#: A form of an operation, and what its letters came to.
Fit: TypeAlias = tuple[Form, dict[str, Size]]


class Shapes:
    """The shapes of every formula over some names, found when they are asked for.

    `forms` holds what a form's letters came to for each call, so that a rule can use them; `templates` what was found
    for formulas of numbers, for all that are alike, `tidied` products of numbers that are
    written as they should be. `whole` are the names that may stand in the exponent of a matrix. `switches` are the
    conventions by which slopes at kinks are picked. The columns of those `from_0` are counted so.
    """

    def __init__(self, given: Mapping[Name, Shape], origin: Callable[[Name], str] | None = None) -> None:
        self.known: dict[Formula, Shape] = dict(given.items())
        self.letters: set[str] = set().union(*map(letters_in, given.values()))
        self.bound: dict[Unknown, Size] = {}
        self.forms: dict[Call, Fit] = {}
        self.tidied: set[Formula] = set()
        self.templates = Templates()
        self.fits: dict[tuple[str, tuple[Shape, ...]], tuple[Shape, Fit]] = {}
        self.origin = origin
        self.whole: frozenset[Name] = frozenset()
        self.switches: Mapping[str, str] = {}
        self.from_0: frozenset[str] = frozenset()

    def of(self, formula: Formula) -> Shape:
        """Return the shape of `formula`; raise Problem (`shape`) when its parts do not fit."""
        known = self.known.get(formula)
        if known is not None:
            return self.resolved(known)
        stack = [formula]
        while stack:
            part = stack[-1]
            if part in self.known:
                stack.pop()
            elif isinstance(part, Num):
                self.known[part] = SCALAR
            elif isinstance(part, Name) and part.base in self.letters and not part.index and part.of is None:
                self.known[part] = SCALAR  # a size
            elif isinstance(part, Name):
                raise Problem(f"`{part}` has no shape yet", None, None, "shape")
            else:
                missing = [arg for arg in part.args if arg not in self.known]
                if missing:
                    stack.extend(missing)
                else:
                    self.known[part] = self.infer(part)
        return self.resolved(self.known[formula])

    def form(self, part: Call) -> Fit:
        """Return the form of a structural operation that fits `part`, and what its letters came to."""
        self.of(part)
        form, sizes = self.forms[part]
        return form, {letter: self.resolve(size) for letter, size in sizes.items()}

    def name(self, name: Name, shape: Shape) -> None:
        """Say that `name` has `shape`."""
        self.known[name] = shape
        if shape != SCALAR:
            self.letters |= letters_in(shape)

    # -- sizes ------------------------------------------------------------------------------

    def resolve(self, size: Size) -> Size:
        while isinstance(size, Unknown) and size in self.bound:
            size = self.bound[size]
        if isinstance(size, Unknown) and size.terms:
            terms = [self.resolve(term) for term in size.terms]
            if not any(isinstance(term, Unknown) for term in terms):
                self.bound[size] = added(*terms)
                return self.bound[size]
        elif isinstance(size, Unknown) and size.factors:
            factors = [self.resolve(factor) for factor in size.factors]
            if not any(isinstance(factor, Unknown) for factor in factors):
                found = product(*factors)
                self.bound[size] = (moved(found, size.more) or found) if size.more else found
                return self.bound[size]
        return size

    def resolved(self, shape: Shape) -> Shape:
        rows, columns = shape
        if isinstance(rows, Unknown) or isinstance(columns, Unknown):
            return self.resolve(rows), self.resolve(columns)
        return shape

    def unify(self, one: Shape, other: Shape) -> bool:
        """Make two shapes equal where unknown sizes allow it; say whether they are."""
        for a, b in zip(self.resolved(one), self.resolved(other), strict=True):
            a, b = self.resolve(a), self.resolve(b)  # noqa: PLW2901 -- the first pair may have bound the second
            if isinstance(b, Unknown) and (not isinstance(a, Unknown) or a.factors or a.terms):
                a, b = b, a  # noqa: PLW2901
            if isinstance(a, Unknown):
                if not self.settle(a, b):
                    return False
            elif a != b:
                return False
        return True

    def settle(self, size: Unknown, value: Size) -> bool:
        """Say that `size` is `value`; return whether it can be. Of a product or a sum, one part can be found."""
        if size.terms:
            return self.settle_sum(size, value)
        if size.more and not isinstance(value, Unknown):
            less = moved(value, -size.more)
            return less is not None and self.unify((product(*size.factors), 1), (less, 1))
        factors = [self.resolve(factor) for factor in size.factors]
        open_ones = [factor for factor in factors if isinstance(factor, Unknown)]
        rest = product(*[factor for factor in factors if not isinstance(factor, Unknown)])
        if len(open_ones) == 1 and isinstance(value, int) and isinstance(rest, int):
            if value % rest:
                return False
            self.bound[open_ones[0]] = value // rest
        if size is not value:
            self.bound[size] = value
        return True

    def settle_sum(self, size: Unknown, value: Size) -> bool:
        """Say that a sum is `value`; of two sums of as many terms, each term is taken for that of the other."""
        terms = [self.resolve(term) for term in size.terms]
        open_ones = [term for term in terms if isinstance(term, Unknown)]
        if isinstance(value, Unknown):
            if len(value.terms) == len(terms):
                return all(self.unify((a, 1), (b, 1)) for a, b in zip(terms, value.terms, strict=True))
        elif len(open_ones) == 1:
            known = [term for term in terms if term is not open_ones[0]]
            rest = without(value, added(*known)) if known else value
            return rest is not None and self.unify((open_ones[0], 1), (rest, 1))
        if size is not value:
            self.bound[size] = value
        return True

    # -- one call -----------------------------------------------------------------------------

    def infer(self, part: Call) -> Shape:
        op = OPS[part.op]
        shapes = [self.resolved(self.known[arg]) for arg in part.args]
        if op.entrywise:
            return self.elementwise(part, shapes)
        if op.forms[0].shapes == "sizes":
            return self.sized(part, op)
        if op.forms[0].shapes == "entries":
            return self.arranged(part, shapes)
        if op.forms[0].shapes == "part":
            return self.taken(part, shapes[0])
        if op.forms[0].shapes == "picture":
            return self.pictured(part, op, shapes)
        shapes = shapes if op.variadic else shapes[: len(op.args)]
        key = (part.op, tuple(shapes))
        found = self.fits.get(key) or self.fitting(op, shapes)
        if found is None:
            raise self.misfit(part, op, shapes)
        if all(isinstance(size, int) for shape in shapes for size in shape):
            self.fits[key] = found  # nothing that is not known yet was settled by it
        shape, self.forms[part] = found
        if UNROLLED in self.forms[part][0].gradient.values() and not self.is_whole(part.args[1]):
            exponent(part)
        return shape

    def pictured(self, part: Call, op: Operation, shapes: list[Shape]) -> Shape:
        """Return the shape of windows of pictures and what is made of them; raise Problem (`shape`)."""
        matrices = op.quantities
        pairs = [
            (rows, columns) for rows, columns in shapes[:matrices] if isinstance(rows, int) and isinstance(columns, int)
        ]
        numbers = [_whole(arg) for arg in part.args[matrices:]]
        known = [number for number in numbers if number is not None]
        if len(pairs) < matrices or len(known) < len(numbers):
            why = "the sizes of pictures, and the settings, are whole numbers"
            operands = ", ".join(map(self.described, part.args[:matrices]))
            raise Problem(f"`{show(part)}`: {operands}; {why}", None, None, "shape")
        try:
            found = sizes_of(part.op, pairs, known)
        except Problem as problem:
            raise Problem(f"`{show(part)}`: {problem.message}", None, None, "shape") from None
        self.forms[part] = op.forms[found.form], {**found.letters}
        return found.shape

    def is_whole(self, formula: Formula) -> bool:
        """Return whether a formula with names in it is a whole number, as those are."""
        inside = names_in(formula)
        calls = [part.op for part in parts(formula) if isinstance(part, Call)]
        numbers = [part.text for part in parts(formula) if isinstance(part, Num)]
        whole = self.whole.issuperset(inside) and {"add", "neg", "mul"}.issuperset(calls)
        return bool(inside) and whole and all(map(str.isdecimal, numbers))

    def fitting(self, op: Operation, shapes: list[Shape]) -> tuple[Shape, Fit] | None:
        """Return the result's shape, the first form that takes arguments of these shapes, and its letters."""
        # a size that is not known is taken for 1 only where nothing else fits, or in x^2
        for guess in (True,) if op.name == "pow" else (False, True):
            for form in op.forms:
                found = self.fit(form, shapes, guess=guess)
                if found is not None:
                    return found[0], (form, found[1])
        return None

    def elementwise(self, part: Call, shapes: list[Shape]) -> Shape:
        result = SCALAR
        first = part.args[0]
        for arg, shape in zip(part.args, shapes, strict=True):
            if shape == SCALAR:
                continue
            if result == SCALAR:
                result, first = shape, arg
            elif not self.unify(result, shape):
                raise self.unequal(part, first, result, arg, shape)
        return result

    def sized(self, part: Call, op: Operation) -> Shape:
        sizes = {letter: self.size(arg, part) for letter, arg in zip(op.args, part.args, strict=False)}
        rows, columns = op.forms[0].sized.split()
        if not set(f"{rows}*{columns}".split("*")) & set(op.args[len(sizes) :]):
            return self.sized_as(sizes, rows), self.sized_as(sizes, columns)
        if len(op.args) == len(rows.split("*")) + 1:
            return self.sized_as(sizes, rows), 1  # a column, of one size
        raise Problem(f"`{part.op}` takes {len(op.args)} sizes, found {len(sizes)}", None, None, "shape")

    def size(self, formula: Formula, part: Call) -> Size:
        """Return the size that `formula`, an argument of `part`, says."""
        if isinstance(formula, Num) and formula.text.isdecimal() and len(formula.text) <= 7 and int(formula.text) > 0:
            return int(formula.text)
        if isinstance(formula, Name) and formula.base in self.letters and not formula.index:
            return formula.base
        if isinstance(formula, Call) and formula.op == "mul":
            return product(*[self.size(arg, part) for arg in formula.args])
        if isinstance(formula, Call) and formula.op == "add":
            less = [arg.args[0] for arg in formula.args if isinstance(arg, Call) and arg.op == "neg"]
            found: Size | None = added(*[self.size(a, part) for a in formula.args if not is_call(a, "neg")] or [0])
            for arg in less:
                found = without(found, self.size(arg, part)) if found is not None else None
            if found is not None:
                return found
        what = "an index" if part.op in PARTS else "a size"
        raise Problem(f"`{show(part)}`: {what} is a whole number from 1 to 9999999", None, None, "shape")

    def arranged(self, part: Call, shapes: list[Shape]) -> Shape:
        """Return the shape of blocks under each other, or, in a row, side by side."""
        if all(shape == SCALAR for shape in shapes):
            return (1, len(shapes)) if part.op == "row" else (len(shapes), 1)
        if part.op == "row":
            turned = self.arranged_under(part, [(columns, rows) for rows, columns in shapes], "rows")
            return turned[1], turned[0]
        return self.arranged_under(part, shapes, "columns")

    def arranged_under(self, part: Call, shapes: list[Shape], what: str) -> Shape:
        """Return the shape of blocks under each other, or of their transposes; they are as wide as each other."""
        for arg, shape in zip(part.args[1:], shapes[1:], strict=True):
            if not self.unify((shapes[0][1], 1), (shape[1], 1)):
                raise Problem(
                    f"`{show(part)}` does not fit: {self.described(part.args[0])}, {self.described(arg)}; "
                    f"{'side by side' if what == 'rows' else 'under each other'} they need as many {what}",
                    None, None, "shape",
                )  # fmt: skip
        return added(*[shape[0] for shape in shapes]), self.resolve(shapes[0][1])

    def taken(self, part: Call, shape: Shape) -> Shape:
        """Return the shape of some rows, or columns, of a matrix; raise Problem (`shape`) where it has none such."""
        if PARTS[part.op] is None and 1 not in shape and not self.unify((shape[1], 1), (1, 1)):
            raise self.two_indices(part)
        across = self.across(part)
        shape = self.resolved(shape)
        first, last = self.ends(part)
        count = without(added(last, 1), first)
        size, other = shape[across], shape[not across]
        if count is None and isinstance(first, int) and isinstance(last, int):
            raise Problem(
                f"`{show(part)}`: {show(part.args[1])} comes after {show(part.args[2])}, so it takes nothing",
                None, "a slice says its first, then its last", "shape",
            )  # fmt: skip
        if count is None:
            raise Problem(
                f"`{show(part)}`: from {show(part.args[1])} to {show(part.args[2])} is no size that is known here",
                None, "the first comes before the last; sizes are whole numbers, letters, sums", "shape",
            )  # fmt: skip
        if isinstance(size, int) and isinstance(last, int) and last > size:
            raise self.outside(part, size)
        return (other, count) if across else (count, other)

    def across(self, part: Call) -> bool:
        """Return whether a call takes columns, as it does of a row."""
        across = PARTS[part.op]
        if across is not None:
            return across
        rows, columns = self.of(part.args[0])
        return rows == 1 and columns != 1

    def ends(self, part: Call) -> tuple[Size, Size]:
        """Return the first and the last row, or column, that a call takes, counted from 1."""
        if part.op.endswith("_0"):
            first, last = (0 if arg is num(0) else self.size(arg, part) for arg in part.args[1:])
            return added(first, 1), added(last, 1)
        if num(0) in part.args[1:]:
            raise Problem(
                f"`{show(part)}`: indices count from 1 here, so there is no index 0", None,
                "they count from 0 where an intercept is folded in, as in `alpha*intercept(x)`", "shape",
            )  # fmt: skip
        first, last = (self.size(arg, part) for arg in part.args[1:])
        return first, last

    def outside(self, part: Call, size: int) -> Problem:
        """Return the problem of an index past the last of so many."""
        inner, ranges = indices_of(part)
        one = len(ranges) == 1
        what = ("entry", "entries") if one else ("column", "columns") if self.across(part) else ("row", "rows")
        base = int(not part.op.endswith("_0"))
        hint = f"they are counted from {base}: {base} to {size - 1 + base}"
        if not one and self.of(inner)[1] == 1 and part.op != "rows":
            what = ("column", "columns")
            hint = f"an entry of a column has one index: `{show(call('entries', inner, *part.args[1:]))}`"
        return Problem(f"`{show(part)}`: {self.described(inner)} and has {size} {what[size != 1]}", None, hint, "shape")

    def two_indices(self, part: Call) -> Problem:
        """Return the problem of a matrix with one index."""
        inner, first, last = part.args
        row, column = (show(call(op, inner, first, last)) for op in ("rows", "columns"))
        hint = f"`{row}` are rows, `{column}` columns"
        if first is last:
            hint = f"`{row}` is row {show(first)}, `{column}` column {show(first)}, an entry has two indices"
        return Problem(f"`{show(part)}`: {self.described(inner)}, and has two indices", None, hint, "shape")

    def fit(self, form: Form, shapes: list[Shape], *, guess: bool) -> tuple[Shape, dict[str, Size]] | None:
        """Return the result's shape and the letters' sizes if `form` takes arguments of these shapes."""
        if form.shapes == "numbers":
            return (SCALAR, {}) if all(shape == SCALAR for shape in shapes) else None
        wanted, result = signature(form.shapes)
        if len(wanted) != len(shapes):
            return None
        before = dict(self.bound)
        letters: dict[str, Size] = {}
        for pattern, shape in zip(wanted, shapes, strict=True):
            for (letter, offset), size in zip(pattern, self.resolved(shape), strict=True):
                known = self.resolve(size)
                if letter.isdecimal() and isinstance(known, Unknown) and not guess:
                    self.bound = before
                    return None
                if not self.bind(letters, letter, offset, known):
                    self.bound = before
                    return None
        rows, columns = (self.sized_as(letters, *size) for size in result)
        return (rows, columns), letters

    def bind(self, letters: dict[str, Size], letter: str, offset: int, size: Size) -> bool:
        """Let `letter + offset` stand for `size`; say whether it can."""
        if letter.isdecimal():
            return self.unify((int(letter), 1), (size, 1))
        if offset:
            less = moved(size, -offset)
            if less is None:
                return False
            size = less
        if letter in letters:
            return self.unify((letters[letter], 1), (size, 1))
        letters[letter] = size
        return True

    def sized_as(self, letters: Mapping[str, Size], text: str, offset: int = 0) -> Size:
        """Return the size that a signature's `text + offset` comes to, a product where `text` is one."""
        size = product(*[int(word) if word.isdecimal() else self.resolve(letters[word]) for word in text.split("*")])
        if offset and isinstance(size, Unknown):
            return Unknown(size.label, (size,), offset)
        return (moved(size, offset) or size) if offset else size

    # -- what to say ----------------------------------------------------------------------------

    def described(self, formula: Formula) -> str:
        """Return `formula`, its shape, and where the names in it came from."""
        if isinstance(formula, Call) and formula.op == "neg":
            (formula,) = formula.args  # the minus of `y - X*b` is not what does not fit
        text = f"`{show(formula)}` is {text_of(self.of(formula))}"
        if self.origin is None:
            return text
        if isinstance(formula, Name):
            came = self.origin(formula)
            return f"{text} ({came})" if came else text
        inner = [f"`{n}` {text_of(self.of(n))}" + f" {self.origin(n)}".rstrip() for n in names_in(formula)[:4]]
        return f"{text} ({', '.join(inner)})" if inner else text

    def unequal(self, part: Call, one: Formula, first: Shape, other: Formula, second: Shape) -> Problem:
        sign = OPS[part.op].notation
        word = f"`{sign.sign}`" if isinstance(sign, Infix) else f"`{part.op}`"
        pairs = ((one, first, other, second), (other, second, one, first))
        hints = [_spreading(part.op, a, x, b, y) for a, x, b, y in pairs]
        hint = next((each for each in reversed(hints) if each), None)
        return Problem(
            f"`{show(part)}` does not fit: {self.described(one)}, {self.described(other)}; "
            f"{word} needs equal shapes, or a scalar",
            None, hint, "shape",
        )  # fmt: skip

    def misfit(self, part: Call, op: Operation, shapes: list[Shape]) -> Problem:
        hint = None
        if part.op == "mul":
            (a, b), (x, y) = part.args, shapes
            why = f"the inner sizes {text_of((x[1], 1))[:-2]} and {text_of((y[0], 1))[:-2]} differ"
            if x[1] == 1 and x == y:
                entries = _product(a, b, "hadamard")
                hint = f"`{_product(_turned(a), b)}` is their inner product, `{entries}` the product of entries"
            elif x[0] == y[0]:
                hint = f"`{_product(_turned(a), b)}` would fit"
            elif x[1] == y[1]:
                hint = f"`{_product(a, _turned(b))}` would fit"
        elif part.op == "div":
            why = "the divisor of `/` is a number"
            hint = f"`{show(part.args[0])}./{show(part.args[1])}` divides entry by entry"
        elif part.op == "pow":
            why = "`^` is the power of a number; the matrix power needs a square matrix"
            if shapes[1] != SCALAR:
                why = "the exponent of `^` is a number"
            hint = f"`{show(call('hpow', *part.args))}` is the power entry by entry"
        else:
            why = f"`{part.op}` {_wants(op)}"
        given = part.args if op.variadic else part.args[: len(op.args)]  # without settings
        operands = ", ".join(map(self.described, given))
        return Problem(f"`{show(part)}` does not fit: {operands}; {why}", None, hint, "shape")


def _whole(formula: Formula) -> int | None:
    """Return the whole number that is written, None where it is none."""
    number = number_of(formula)
    return number if isinstance(number, int) else None


def _turned(formula: Formula) -> Formula:
    """Return the transpose, which of a transpose is what stands in it."""
    inner = formula.args[0] if isinstance(formula, Call) and formula.op == "transpose" else None
    return call("transpose", formula) if inner is None else inner


def _product(one: Formula, other: Formula, op: str = "mul") -> str:
    """Return a product as it may be typed in place of another, without blanks."""
    return show(call(op, one, other)).replace(" ", "")


def _spreading(op: str, whole: Formula, shape: Shape, line: Formula, other: Shape) -> str | None:
    """Return how a column or a row is brought to the shape of a matrix that an operation meets it with."""
    inner = line.args[0] if isinstance(line, Call) and line.op == "neg" else line
    text, minus = show(inner), "-" * (inner is not line)
    if isinstance(inner, Call) and inner.op == "add":
        text = f"({text})"
    if other[1] == 1 and shape[0] == other[0]:
        found, every = f"{text}*ones({shape[1]})'", "column"
    elif other[0] == 1 and shape[1] == other[1]:
        found, every = f"ones({shape[0]})*{text}", "row"
    elif op == "add" and other[1] == 1 and shape[1] == other[0]:
        found, every = f"ones({shape[0]})*{text}'", "row"
    else:
        return None
    what = f"to add `{show(line)}` to" if op == "add" else f"for `{show(line)}` in"
    return f"{what} every {every} of `{show(whole)}`, write `{minus}{found}`"


def _wants(op: Operation) -> str:
    """Return what an operation asks of its arguments, in words.

    >>> _wants(OPS["det"]), _wants(OPS["diag"]), _wants(OPS["inner"]), _wants(OPS["trim"])
    ('needs a square matrix', 'needs a column', 'needs 2 arguments of one shape', 'needs one of m×(n+1)')
    """
    found = []
    for form in op.forms:
        if form.shapes == "numbers":
            found.append("numbers")
            continue
        patterns = signature(form.shapes)[0]
        if len(patterns) > 1 and all(pattern == patterns[0] for pattern in patterns):
            found.append(f"{len(patterns)} arguments of one shape")
        else:
            found.append(", ".join(map(_kind, patterns)))
    return "needs " + " or ".join(dict.fromkeys(found))


def _kind(pattern: list[tuple[str, int]]) -> str:
    (rows, more), (columns, extra) = pattern
    if (rows, more) == (columns, extra):
        return "a number" if rows == "1" else "a square matrix"
    if columns == "1" and not more:
        return "a column"
    if more or extra:
        return "one of " + "×".join(f"({letter}+{plus})" if plus else letter for letter, plus in pattern)
    return "a matrix"


def zeros(shape: Shape) -> Formula:
    """Return what is zero and has this shape.

    >>> zeros((1, 1)), zeros(("n", 1)), zeros((1, "n")), zeros(("m", 2))
    (0, zeros(n), transpose(zeros(n)), zeros(m, 2))
    """
    rows, columns = map(size_formula, shape)
    if shape == SCALAR:
        return num(0)
    if shape[1] == 1:
        return call("zeros", rows)
    return call("transpose", call("zeros", columns)) if shape[0] == 1 else call("zeros", rows, columns)


def exponent(power: Call) -> int:
    """Return the exponent of a matrix power; raise Problem (`shape`) where it is not one that can be written out."""
    text = show(power.args[1])
    count = int(text) if text.removeprefix("-").isdecimal() and len(text) <= 4 else 0
    if not 1 <= abs(count) <= MOST_FACTORS:
        raise Problem(
            f"`{show(power)}`: the power of a matrix has a whole number from 1 to {MOST_FACTORS} as its exponent, "
            f"or from -{MOST_FACTORS} to -1",
            None, f"`{show(call('hpow', *power.args))}` is the power entry by entry", "shape",
        )  # fmt: skip
    return count


def with_entries(names: Iterable[Formula], shapes: Shapes) -> frozenset[str]:
    """Return what is called so and is larger than a number, as far as the shapes are known."""
    return frozenset(
        each.base
        for each in names
        if isinstance(each, Name) and not each.index and shapes.known.get(each, SCALAR) != SCALAR
    )


def norms_in(formulas: Iterable[Formula]) -> frozenset[Formula]:
    """Return the norms in formulas that are written otherwise where they are of a matrix."""
    every = {part for formula in formulas for part in parts(formula) if isinstance(part, Call)}
    notations = ((part, OPS[part.op].notation) for part in every if part.op in OPS)
    return frozenset(
        part for part, each in notations if isinstance(each, Function) and each.fence is not None and each.fence.matrix
    )


def matrix_norms(formulas: Iterable[Formula], shapes: Shapes) -> frozenset[Formula]:
    """Return the norms in formulas that are of a matrix, which has more than one row and column."""
    return frozenset(
        norm
        for norm in norms_in(formulas)
        if isinstance(norm, Call) and norm.args[0] in shapes.known and 1 not in shapes.of(norm.args[0])
    )


def shapes_of(
    graph: Graph,
    given: Mapping[Name, Shape],
    origin: Callable[[Name], str] | None = None,
    place: Callable[[Name], Where | None] = lambda _: None,
) -> Shapes:
    """Return the shapes of every quantity of `graph` from those of its leaves.

    Raises Problem (`shape`) at the `place` of the first equation that does not fit; `origin` says where a
    quantity came from, for its message.
    """
    shapes = Shapes(given, origin)
    for equation in graph.equations:
        try:
            shapes.name(equation.name, shapes.of(equation.formula))
        except Problem as problem:
            raise problem.at(problem.where or place(equation.name)) from None
    return shapes
