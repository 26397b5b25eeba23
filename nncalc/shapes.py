"""Shapes: what fits, by unification of the table's signatures.

A shape is a pair of sizes, a size a whole number, a symbol (`n`) or not known yet. Scalars
are 1×1, vectors columns. Knows formulas and signatures, no values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeAlias

from nncalc.formula import Call, Formula, Name, Num, names_in
from nncalc.graph import Graph
from nncalc.ops import OPS
from nncalc.ops.kinds import Form, Infix, Operation
from nncalc.problems import Problem, Where
from nncalc.show import show


class Unknown:
    """A size that is still to be found."""

    __slots__ = ("label",)

    def __init__(self, label: str) -> None:
        self.label = label

    def __repr__(self) -> str:
        return f"?{self.label}"


Size: TypeAlias = int | str | Unknown
Shape: TypeAlias = tuple[Size, Size]
SCALAR: Shape = (1, 1)


def text_of(shape: Shape) -> str:
    """Return `shape` as it is written: 2×3.

    >>> text_of((2, 3)), text_of(("n", 1))
    ('2×3', 'n×1')
    """
    return "×".join("?" if isinstance(size, Unknown) else str(size) for size in shape)


class Shapes:
    """The shapes of every formula over some names, found when they are asked for.

    `sizes` holds what a form's letters came to for each call, so that a rule can use them.
    """

    def __init__(self, given: Mapping[Name, Shape], origin: Callable[[Name], str] | None = None) -> None:
        self.known: dict[Formula, Shape] = dict(given.items())
        self.bound: dict[Unknown, Size] = {}
        self.forms: dict[Call, tuple[Form, dict[str, Size]]] = {}
        self.origin = origin

    def of(self, formula: Formula) -> Shape:
        """Return the shape of `formula`; raise Problem (`shape`) when its parts do not fit."""
        stack = [formula]
        while stack:
            part = stack[-1]
            if part in self.known:
                stack.pop()
            elif isinstance(part, Num):
                self.known[part] = SCALAR
            elif isinstance(part, Name):
                raise Problem(f"`{part}` has no shape yet", None, None, "shape")
            else:
                missing = [arg for arg in part.args if arg not in self.known]
                if missing:
                    stack.extend(missing)
                else:
                    self.known[part] = self.infer(part)
        return self.resolved(self.known[formula])

    def form(self, part: Call) -> tuple[Form, dict[str, Size]]:
        """Return the form of a structural operation that fits `part`, and what its letters came to."""
        self.of(part)
        form, sizes = self.forms[part]
        return form, {letter: self.resolve(size) for letter, size in sizes.items()}

    def name(self, name: Name, shape: Shape) -> None:
        """Say that `name` has `shape`."""
        self.known[name] = shape

    # -- sizes ------------------------------------------------------------------------------

    def resolve(self, size: Size) -> Size:
        while isinstance(size, Unknown) and size in self.bound:
            size = self.bound[size]
        return size

    def resolved(self, shape: Shape) -> Shape:
        return self.resolve(shape[0]), self.resolve(shape[1])

    def unify(self, one: Shape, other: Shape) -> bool:
        """Make two shapes equal where unknown sizes allow it; say whether they are."""
        for a, b in zip(self.resolved(one), self.resolved(other), strict=True):
            a, b = self.resolve(a), self.resolve(b)  # noqa: PLW2901 -- the first pair may have bound the second
            if isinstance(a, Unknown):
                if a is not b:
                    self.bound[a] = b
            elif isinstance(b, Unknown):
                self.bound[b] = a
            elif a != b:
                return False
        return True

    # -- one call -----------------------------------------------------------------------------

    def infer(self, part: Call) -> Shape:
        op = OPS[part.op]
        shapes = [self.resolved(self.known[arg]) for arg in part.args]
        if op.slope is not None:
            return self.elementwise(part, shapes)
        if op.forms[0].shapes == "sizes":
            return self.sized(part)
        if op.forms[0].shapes == "entries":
            return self.arranged(part, shapes)
        for guess in (False, True):  # a size that is not known is taken for 1 only where nothing else fits
            for form in op.forms:
                found = self.fit(form, shapes, guess=guess)
                if found is not None:
                    self.forms[part] = form, found[1]
                    return found[0]
        raise self.misfit(part, op, shapes)

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

    def sized(self, part: Call) -> Shape:
        sizes: list[Size] = []
        for arg in part.args:
            if isinstance(arg, Num) and arg.text.isdecimal() and 0 < len(arg.text) <= 7 and int(arg.text) > 0:
                sizes.append(int(arg.text))
            elif isinstance(arg, Name) and not arg.index:
                sizes.append(arg.base)
            else:
                raise Problem(f"`{show(part)}`: a size is a whole number from 1 to 9999999", None, None, "shape")
        return (sizes[0], sizes[1] if len(sizes) > 1 else 1)

    def arranged(self, part: Call, shapes: list[Shape]) -> Shape:
        if part.op == "matrix":
            return (len(part.args), shapes[0][1])
        wrong = next((arg for arg, shape in zip(part.args, shapes, strict=True) if shape != SCALAR), None)
        if wrong is not None:
            raise Problem(f"an entry in brackets is a number, {self.described(wrong)}", None, None, "shape")
        return (len(part.args), 1) if part.op == "column" else (1, len(part.args))

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
        rows, columns = (self.sized_as(letters, letter, offset) for letter, offset in result)
        return (rows, columns), letters

    def bind(self, letters: dict[str, Size], letter: str, offset: int, size: Size) -> bool:
        """Let `letter + offset` stand for `size`; say whether it can."""
        if letter.isdecimal():
            return self.unify((int(letter), 1), (size, 1))
        if offset:
            less = _moved(size, -offset)
            if less is None:
                return False
            size = less
        if letter in letters:
            return self.unify((letters[letter], 1), (size, 1))
        letters[letter] = size
        return True

    def sized_as(self, letters: dict[str, Size], letter: str, offset: int) -> Size:
        if letter.isdecimal():
            return int(letter)
        size = self.resolve(letters[letter])
        return (_moved(size, offset) or size) if offset else size

    # -- what to say ----------------------------------------------------------------------------

    def described(self, formula: Formula) -> str:
        """Return `formula`, its shape, and where the names in it came from."""
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
        hint = None
        if part.op == "add":
            for a, x, b, y in ((one, first, other, second), (other, second, one, first)):
                if y[1] == 1 and x[1] == y[0] and x[0] != y[0]:
                    hint = f"to add `{show(b)}` to every row of `{show(a)}`, write `ones({x[0]})*{show(b)}'`"
                elif y[1] == 1 and x[0] == y[0]:
                    hint = f"to add `{show(b)}` to every column of `{show(a)}`, write `{show(b)}*ones({x[1]})'`"
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
                hint = f"`{show(a)}'*{show(b)}` is their inner product, `{show(a)}.*{show(b)}` the product of entries"
            elif x[0] == y[0]:
                hint = f"`{show(a)}'*{show(b)}` would fit"
            elif x[1] == y[1]:
                hint = f"`{show(a)}*{show(b)}'` would fit"
        elif part.op == "div":
            why = "the divisor of `/` is a number"
            hint = f"`{show(part.args[0])}./{show(part.args[1])}` divides entry by entry"
        elif part.op == "pow":
            why = "`^` is the power of a number"
            hint = f"`{show(part.args[0])}.^{show(part.args[1])}` is the power entry by entry"
        else:
            why = f"`{part.op}` takes {' or '.join(form.shapes.partition(' -> ')[0] for form in op.forms)}"
        operands = ", ".join(self.described(arg) for arg in part.args)
        return Problem(f"`{show(part)}` does not fit: {operands}; {why}", None, hint, "shape")


def _moved(size: Size, by: int) -> Size | None:
    """Return `size + by`, or None where that is no size."""
    if isinstance(size, int):
        return size + by if size + by > 0 else None
    if isinstance(size, str):
        stem, _, more = size.partition("+")
        total = int(more or 0) + by
        return None if total < 0 else f"{stem}+{total}" if total else stem
    return None


@cache
def signature(text: str) -> tuple[list[list[tuple[str, int]]], list[tuple[str, int]]]:
    """Return the sizes of each argument and of the result, each a letter and what is added to it.

    >>> signature("n p -> n+1 p")
    ([[('n', 0), ('p', 0)]], [('n', 1), ('p', 0)])
    """
    before, _, after = text.partition("->")
    return [_pair(argument) for argument in before.split(",")], _pair(after)


def _pair(text: str) -> list[tuple[str, int]]:
    return [(word.partition("+")[0], int(word.partition("+")[2] or 0)) for word in text.split()]


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
