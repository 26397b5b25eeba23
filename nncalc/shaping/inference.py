"""The shapes of names that nobody declared: what their letters suggest and their formula allows.

An upper-case name is a matrix, a lower-case one a column, a few are numbers by custom. Of the
ways that fit the formula the least surprising is taken. Knows formulas and shapes, no text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import Enum
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

from nncalc.graph.shapes import SCALAR, Shape, Shapes, Size, Unknown
from nncalc.language.alphabet import GREEK
from nncalc.language.formula import Call, Formula, Name, names_in, parts
from nncalc.language.parser import is_number
from nncalc.language.printer import show
from nncalc.ops import ACTIVATIONS, OPS
from nncalc.problems import Problem, Span

#: Sizes are called by these letters, where nothing else is known of them.
LETTERS = ("n", "d", "m", "k", "p", "q", "r", "s", "l", "h", "j", "i")
#: How many ways are tried, at most; fewer for a long formula.
MOST_TRIALS = 300
#: How many names are read in more than one way.
MOST_NAMES = 30
#: How many operations are looked at in all these trials together.
MOST_WORK = 60_000

_NUMBERS = frozenset(["lam", "lambda", "gamma", "eta", "epsilon", "eps", "tau", "rho", "kappa", "nu", "t", "N", "lr"])
_OFTEN_NUMBERS = frozenset(["alpha", "c", "g", "k", "s", "sigma", "delta", "C", "K", "M", "T"])
_WEIGHTS = frozenset(["W", "U", "V", "alpha"])
_ACTIVATIONS = frozenset(op.name for op in ACTIVATIONS)


class Kind(Enum):
    """What a name may stand for."""

    NUMBER = "a number"
    COLUMN = "a column"
    MATRIX = "a matrix"


class Choice(NamedTuple):
    """A kind, and how surprising it is for a name."""

    surprise: float
    kind: Kind


class Inferred(NamedTuple):
    """The shape of every name, why it has it where it was not declared, and which of its sizes may be anything."""

    given: dict[Name, Shape]
    reasons: dict[Name, str]
    free: frozenset[str]


class _Trial(NamedTuple):
    """One way to read the names: what came of it, how surprising it is, where it fails."""

    kinds: Mapping[Name, Kind]
    given: Mapping[Name, Shape]
    shapes: Shapes
    surprise: float
    problem: Problem | None
    part: Call | None


class Question(NamedTuple):
    """What is known: the formulas and where their parts stand, their quantities, the names of sizes in them.

    `declared` holds shapes that may have unknown sizes, `square` the names that are square matrices, `whole` those that
    may be the exponent of a matrix.
    """

    formulas: tuple[Formula, ...]
    spans: Mapping[Formula, Span]
    quantities: tuple[Name, ...]
    sizes: frozenset[str]
    declared: Mapping[Name, Shape]
    square: frozenset[Name]
    whole: frozenset[Name] = frozenset()

    @property
    def open(self) -> list[Name]:
        """The names whose kind is to be found."""
        return [n for n in self.quantities if n not in self.declared]


def infer(question: Question) -> Inferred:
    """Return a shape for every name of a formula; raise Problem (`shape`) at the part that does not fit.

    The problem is that of the reading that is least surprising.
    """
    found = _least_surprising(question, rigid=False)
    inferred = _lettered(question, found)
    if _checked(question, inferred.given) is not None:
        found = _least_surprising(question, rigid=True)
        inferred = _lettered(question, found)
    assumed = set(question.open)
    problem = _checked(question, inferred.given, lambda n: "assumed" if n in assumed else "")
    if problem is not None:
        raise problem
    _capitals(question, inferred.given)
    return inferred


def _capitals(question: Question, given: Mapping[Name, Shape]) -> None:
    """Raise Problem (`shape`) for a capital that fits as a number alone, where none is meant by custom."""
    for n in question.open:
        stem = n.base.rstrip("0123456789")
        if not upper(n) or given[n] != SCALAR or stem in _NUMBERS | _OFTEN_NUMBERS:
            continue
        power = next((part for part in _calls(question) if part.op == "pow" and n in names_in(part.args[0])), None)
        shown = f"`{show(power)}`: " if power is not None else ""
        why = "the power of a matrix has a whole number as its exponent; " if power is not None else ""
        raise Problem(
            f"{shown}`{n}` would be a number here, and a capital is a matrix", question.spans.get(power or n),
            f"{why}say its shape, `--shapes '{n}: n x n'`, or `{n}: 1` for a number", "shape",
        )  # fmt: skip


class _Search(Shapes):
    """Shapes over unknown sizes, where a size is never a product of itself."""

    def sized_as(self, letters: Mapping[str, Size], text: str, offset: int = 0) -> Size:
        """Return the size that a signature's text comes to; one letter is no product."""
        if text in letters and not offset:
            return self.resolve(letters[text])
        return super().sized_as(letters, text, offset)

    def resolve(self, size: Size) -> Size:
        """Return what `size` has come to, and remember it, as a chain of equal sizes may be long."""
        found = super().resolve(size)
        if isinstance(size, Unknown) and found is not size:
            self.bound[size] = found
        return found

    def settle(self, size: Unknown, value: Size) -> bool:
        """Say that `size` is `value`; return whether it can be."""
        return (size is value or not self._within(size, value)) and super().settle(size, value)

    def _within(self, size: Unknown, value: Size) -> bool:
        inner = [value]
        while inner:
            each = self.resolve(inner.pop())
            if isinstance(each, Unknown):
                if each is size:
                    return True
                inner += (*each.factors, *each.terms)
        return False


def with_sizes(question: Question, given: Mapping[Name, Shape], origin: Callable[[Name], str] | None = None) -> Shapes:
    """Return the shapes over some names, the sizes that stand in the formula among their letters."""
    shapes = Shapes(given, origin)
    shapes.letters |= question.sizes
    shapes.whole = question.whole
    return shapes


def _checked(
    question: Question, given: Mapping[Name, Shape], origin: Callable[[Name], str] | None = None
) -> Problem | None:
    """Return the problem of the first part of the formula that does not fit `given`, at its place."""
    shapes = with_sizes(question, given, origin)
    for part in _calls(question):
        try:
            shapes.of(part)
        except Problem as problem:
            return problem.at(question.spans.get(part))
    return None


def _calls(question: Question) -> list[Call]:
    found = (part for formula in question.formulas for part in parts(formula))
    return list(dict.fromkeys(part for part in found if isinstance(part, Call)))


# -- the search ---------------------------------------------------------------------------------------


def _least_surprising(question: Question, *, rigid: bool) -> _Trial:
    """Return the reading that fits and surprises least, or the first where none fits.

    Two readings are the start, one with numbers for small letters; each is left one name at a time,
    the least surprise first.
    """
    calls = _calls(question)
    left = min(MOST_TRIALS, max(12, MOST_WORK // max(1, len(calls))))
    weights = _led(calls)
    turned = {part.args[0] for part in calls if part.op == "transpose"}
    best: _Trial | None = None
    first: _Trial | None = None
    starts = [_ways(question, weights, turned, numbers=numbers) for numbers in (False, True)]
    for ways, price in zip(starts, (0.0, 1.5), strict=True):
        for kinds, surprise in _in_order(ways, left // 2):
            if best is not None and surprise + price >= best.surprise:
                break
            trial = _tried(question, calls, kinds, surprise + price, rigid=rigid)
            first = first or trial
            if trial.problem is None and (best is None or trial.surprise < best.surprise):
                best = trial
    assert first is not None
    return best or first


def _in_order(ways: Mapping[Name, list[Choice]], most: int) -> Iterator[tuple[dict[Name, Kind], float]]:
    """Yield up to `most` choices of a kind for each name, the least surprising first."""
    names = list(ways)
    start = (0,) * len(names)
    ticket = count()
    heap: list[tuple[float, int, tuple[int, ...]]] = [(0.0, next(ticket), start)]
    seen = {start}
    while heap and most:
        surprise, _, chosen = heappop(heap)
        most -= 1
        yield {n: ways[n][place].kind for n, place in zip(names, chosen, strict=True)}, surprise
        for i, n in enumerate(names[:MOST_NAMES]):
            step = chosen[i] + 1
            if step < len(ways[n]):
                more = ways[n][step].surprise - ways[n][step - 1].surprise
                new = (*chosen[:i], step, *chosen[i + 1 :])
                if new not in seen:
                    seen.add(new)
                    heappush(heap, (surprise + more, next(ticket), new))


def _ways(
    question: Question, weights: frozenset[Name], turned: Collection[Formula], *, numbers: bool
) -> dict[Name, list[Choice]]:
    """Return what each open name may be, the least surprising first; what is transposed is no number."""
    found: dict[Name, list[Choice]] = {}
    for n in question.open:
        if n in question.square:
            found[n] = [Choice(0, Kind.MATRIX)]
        else:
            choices = _suggested(n, weights, numbers=numbers)
            found[n] = sorted(choices[n in turned :], key=lambda choice: choice.surprise)
            least = found[n][0].surprise
            found[n] = [Choice(choice.surprise - least, choice.kind) for choice in found[n]]
    return found


def _suggested(of: Name, weights: frozenset[Name], *, numbers: bool) -> list[Choice]:
    """Return how surprising each kind is for a name by its letters alone."""
    stem = of.base.rstrip("0123456789")
    number, column, matrix = 2.0, 0.0, 6.0
    if stem in _NUMBERS:
        number, column, matrix = 0.0, 1.5, 6.0
    elif upper(of):
        number, column, matrix = 1.0 if stem in _OFTEN_NUMBERS else 3.0, 9.0, 0.0
    elif numbers:
        number, column = 0.0, 2.0
    elif stem in _OFTEN_NUMBERS:
        number = 1.0
    if of in weights:
        matrix = 0.5
    return [Choice(number, Kind.NUMBER), Choice(column, Kind.COLUMN), Choice(matrix, Kind.MATRIX)]


def upper(of: Name) -> bool:
    """Return whether a name is written with a capital."""
    return of.base[:1].isupper()


def _led(calls: Iterable[Call]) -> frozenset[Name]:
    """Return the small letters that are weights by their place.

    They are Greek ones that are first in a product inside an activation, and any that meet an intercept.
    """
    found: set[Name] = set()
    for part in calls:
        if part.op == "mul" and isinstance(part.args[0], Name):
            right = part.args[1]
            found |= {part.args[0]} if isinstance(right, Call) and right.op == "intercept" else set()
        inner: list[Formula] = list(part.args) if part.op in _ACTIVATIONS else []
        while inner:
            term = inner.pop()
            if isinstance(term, Call) and term.op in ("add", "neg"):
                inner += term.args
            elif isinstance(term, Call) and term.op == "mul":
                inner.append(term.args[0])
                if isinstance(term.args[0], Name) and term.args[0].base.rstrip("0123456789") in GREEK:
                    found.add(term.args[0])
    return frozenset(n for n in found if not upper(n))


def _tried(
    question: Question, calls: list[Call], kinds: Mapping[Name, Kind], surprise: float, *, rigid: bool
) -> _Trial:
    given = {
        n: question.declared[n] if n in question.declared else _shape(question, n, kinds[n])
        for n in question.quantities
    }
    if rigid:
        given = _rigid(question, given, calls)
    shapes = _Search(given)
    shapes.letters |= question.sizes
    shapes.whole = question.whole
    for part in calls:
        try:
            _power(shapes, part)
            shapes.of(part)
        except Problem as problem:
            return _Trial(kinds, given, shapes, surprise, problem, part)
    return _Trial(kinds, given, shapes, surprise + _oddities(question, calls, kinds, shapes), None, None)


def _power(shapes: Shapes, part: Call) -> None:
    """Take X^2 of a matrix for a power of a square matrix, where else its sizes would be taken for 1."""
    if part.op != "pow":
        return
    symbolic = shapes.is_whole(part.args[1]) and shapes.of(part.args[1]) == SCALAR
    if symbolic or is_number(part.args[1]):
        rows, columns = shapes.of(part.args[0])
        if isinstance(columns, Unknown) and rows != 1 and shapes.unify((rows, 1), (columns, 1)):
            shapes.known[part] = columns, columns


def _shape(question: Question, of: Name, kind: Kind) -> Shape:
    if kind is Kind.NUMBER:
        return SCALAR
    rows = Unknown(of.base)
    if kind is Kind.COLUMN:
        return rows, 1
    return rows, rows if of in question.square else Unknown(of.base)


def _rigid(question: Question, given: dict[Name, Shape], calls: list[Call]) -> dict[Name, Shape]:
    """Return `given` with letters for the sizes of names that stand under an intercept and its like.

    A size that is one more than another, or a product, is only found from sizes that are known. The
    columns of weights under an intercept are found from what they meet.
    """
    rows_of: set[Name] = set()
    whole: set[Name] = set()
    for part in calls:
        if any("+" in form.shapes or "*" in form.shapes for form in OPS[part.op].forms):
            (rows_of if part.op == "intercept" else whole).update(names_in(part))
    letters = _Letters(question)
    for n in question.quantities:
        if n in rows_of | whole:
            letters.name_sizes(n, given, {}, rows_only=n not in whole)
    return {n: (letters.resolved(rows), letters.resolved(columns)) for n, (rows, columns) in given.items()}


def _oddities(question: Question, calls: list[Call], kinds: Mapping[Name, Kind], shapes: Shapes) -> float:
    """Return how surprising a reading that fits is, beyond the kinds of its names."""
    total = 0.0
    for n, kind in kinds.items():
        rows, columns = shapes.of(n)
        flat = columns == 1 or rows == 1
        total += 3 * ((kind is Kind.MATRIX and flat) or (kind is Kind.COLUMN and rows == 1))
    quantities = set(question.quantities)
    for part in calls:
        op = OPS[part.op]
        if op.forms and op.forms[0].shapes in ("sizes", "entries", "part"):
            continue
        numbers = [shapes.of(arg) == SCALAR and not quantities.isdisjoint(names_in(arg)) for arg in part.args]
        wide = shapes.of(part) != SCALAR
        if op.entrywise and wide and len(part.args) > 1:
            total += 3 * sum(numbers)
        elif part.op == "mul" and wide and numbers[1]:
            total += 1 if isinstance(part.args[1], Name) else 2.5
        elif not op.entrywise and len(op.args) == 1 and numbers[0]:
            total += 2
    return total


# -- letters ------------------------------------------------------------------------------------------


class _Letters:
    """Gives unknown sizes letters; holds which are taken."""

    def __init__(self, question: Question) -> None:
        self.quantities = {n.base for n in question.quantities}
        self.taken = set(question.sizes) | self.quantities
        self.chosen: dict[Unknown, str] = {}

    def resolved(self, size: Size) -> Size:
        return self.chosen.get(size, size) if isinstance(size, Unknown) else size

    def pick(self, wishes: Iterable[str]) -> str:
        """Return the first letter that is free, of `wishes`, then of all."""
        more = (f"n{number}" for number in count(1))
        for letters in (wishes, LETTERS, more):
            for letter in letters:
                if letter not in self.taken:
                    self.taken.add(letter)
                    return letter
        raise AssertionError

    def name_sizes(
        self, of: Name, given: Mapping[Name, Shape], reached: Mapping[Unknown, Size], *, rows_only: bool = False
    ) -> None:
        """Give the unknown sizes of `of` letters."""

        def end(size: Size) -> Size:
            while isinstance(size, Unknown) and size in reached:
                size = reached[size]
            return size

        rows, columns = map(end, given[of])
        wishes = _wishes(of, square=rows is columns, wide=1 not in (rows, columns))
        for size, letters in list(zip((rows, columns), wishes, strict=True))[: 1 if rows_only else 2]:
            if isinstance(size, Unknown) and size not in self.chosen and not size.terms:
                self.chosen[size] = self.pick(letters)


def _wishes(of: Name, *, square: bool, wide: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the letters that the rows and columns of a name like to have."""
    stem = of.base.rstrip("0123456789")
    if square or not wide:
        return ("n",), ("n",)
    if stem == "X":
        return ("n", "d"), ("d", "m")
    if stem in _WEIGHTS:
        return ("k", "m"), ("d", "k")
    return ("m", "p"), ("n", "k")


def _lettered(question: Question, found: _Trial) -> Inferred:
    """Return the shapes of a reading with letters for the sizes that stayed unknown, a matrix's first."""
    letters = _Letters(question)
    bound = found.shapes.bound
    for n in _reading(question, found.given):
        letters.name_sizes(n, found.given, bound)
    given: dict[Name, Shape] = {}
    bound.update(letters.chosen)  # so that the sums of them are known
    for n, shape in found.given.items():
        rows, columns = found.shapes.resolved(shape)
        given[n] = letters.resolved(rows), letters.resolved(columns)
    reasons = {n: _reason(n, found, given[n]) for n in question.open if n not in question.square}
    return Inferred(given, reasons, frozenset(letters.chosen.values()))


def _reading(question: Question, given: Mapping[Name, Shape]) -> list[Name]:
    """Return the quantities in the order their sizes get letters: data, weights from the first layer on, the rest."""
    wide = [n for n in question.quantities if 1 not in given[n]]
    data = [n for n in wide if n.base == "X"]
    weights = [n for n in reversed(wide) if n.base.rstrip("0123456789") in _WEIGHTS]
    return list(dict.fromkeys([*data, *weights, *wide, *question.quantities]))


def _reason(of: Name, found: _Trial, shape: Shape) -> str:
    """Return why an undeclared name has its shape."""
    kind = found.kinds[of]
    if kind is Kind.MATRIX and 1 in shape:
        return "as a matrix of one column it fits" if shape[1] == 1 else "as a matrix of one row it fits"
    if kind is Kind.NUMBER and of.base.rstrip("0123456789") in _NUMBERS:
        return "a name that is a number by custom"
    if kind is Kind.MATRIX and upper(of):
        return "an upper-case name is a matrix"
    if kind is Kind.COLUMN and shape != SCALAR:
        return "a lower-case name is a column"
    return f"as {kind.value} it fits"
