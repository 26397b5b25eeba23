"""Formulas: names, numbers and calls; equal formulas are one object.

Knows nothing of operations, shapes or values: a call is a word and its arguments.
Build formulas with `num`, `name` and `call` only; then `is` is equality, and a
dictionary keyed by formulas works without comparing trees.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from typing import Any, Final, TypeAlias, TypeGuard, TypeVar

from nncalc.language.figures import Exact, exact


class Num:
    """A number as it was written: `text` is decimal or scientific notation, without a sign."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text: Final = text

    def __repr__(self) -> str:
        return self.text


class Name:
    """A quantity, an entry of one, or a derivative.

    `index` holds the subscripts of an entry (`alpha[1,0]`); an index variable of a rule is
    a string there. `of` is the quantity that is differentiated: with it the name stands
    for the derivative d(of)/d(base[index]), one quantity like any other.
    """

    __slots__ = ("base", "id", "index", "of")

    def __init__(self, base: str, index: tuple[int | str, ...], of: Name | None) -> None:
        self.base: Final[str] = base
        self.index: Final[tuple[int | str, ...]] = index
        self.of: Final[Name | None] = of
        subscript = f"[{','.join(map(str, index))}]" if index else ""
        self.id: Final[str] = f"d({of.id})/d({base}{subscript})" if of else base + subscript

    def __repr__(self) -> str:
        return self.id


class Call:
    """An operation's name and its arguments.

    `inside` and `named` keep what `parts` and `names_in` found, once they were asked: equal formulas are one object.
    """

    __slots__ = ("args", "inside", "named", "op")

    def __init__(self, op: str, args: tuple[Formula, ...]) -> None:
        self.op: Final = op
        self.args: Final = args
        self.inside: tuple[Formula, ...] | None = None
        self.named: tuple[Name, ...] | None = None

    def __repr__(self) -> str:
        return f"{self.op}({', '.join(map(repr, self.args))})"


Formula: TypeAlias = Num | Name | Call

_numbers: dict[str, Num] = {}
_names: dict[tuple[str, tuple[int | str, ...], Name | None], Name] = {}
_calls: dict[str, dict[tuple[Formula, ...], Call]] = {}
F = TypeVar("F", Num, Call)


class _Here(local):
    """What a thread has made that it is to let go of, the innermost first: no other sees it."""

    made: tuple[dict[Hashable, Any], ...] = ()


_here = _Here()
#: One for each thread that is to let go of something, so that the others need not look.
_forgetting: list[None] = []
#: The parts of a formula are kept where there are no more: those of every product in a flat one would be too many.
_MOST_KEPT = 4096


#: Numbers in place of those that are not shown, between others and under others.
ACROSS, DOWN = "⋯", "⋮"
#: A box to write in, where a number or a formula is to be found.
BOX = "________"


def num(value: int | str) -> Formula:
    """Return the number `value`; a negative one is the call `neg`.

    >>> num(-2)
    neg(2)
    """
    text = str(value)
    if text.startswith("-"):
        return call("neg", num(text[1:]))
    found = _of_this_thread(text) if _forgetting else None
    return found or _numbers.get(text) or _kept(_numbers, text, text, Num(text))


def _of_this_thread(key: Hashable) -> Any:
    """Return what this thread has made under a key and lets go of, None where there is none."""
    for made in _here.made:
        found = made.get(key)
        if found is not None:
            return found
    return None


def _kept(known: dict[Any, F], key: Hashable, here: Hashable, new: F) -> F:
    """Return a new object, known from now on; where another thread has just made an equal one, that."""
    made = _here.made
    found: F = made[0].setdefault(here, new) if made else known.setdefault(key, new)
    return found


@contextmanager
def forgetting() -> Iterator[None]:
    """Let go of the numbers and calls made within, so that those of many lines do not gather.

    One that is kept beyond is no longer the same object as an equal one made later.
    """
    before, _here.made = _here.made, ({}, *_here.made)
    _forgetting.append(None)
    try:
        yield
    finally:
        _forgetting.pop()
        _here.made = before


def literal(text: str) -> Formula:
    """Return the number or fraction that `text` is, as a formula.

    >>> literal("-1/3")
    neg(div(1, 3))
    """
    if text.startswith("-"):
        return call("neg", literal(text[1:]))
    over, found, under = text.partition("/")
    return call("div", num(over), num(under)) if found else num(text.replace("e+", "e"))


def name(base: str, index: tuple[int | str, ...] = (), of: Name | None = None) -> Name:
    """Return the name `base`, its entry at `index`, or the derivative of `of` by either.

    >>> name("alpha", (1, 0), of=name("loss"))
    d(loss)/d(alpha[1,0])
    """
    key = (base, index, of)
    found = _names.get(key)
    return found if found is not None else _names.setdefault(key, Name(base, index, of))


def call(op: str, *args: Formula) -> Call:
    """Return the call of `op` on `args`."""
    known = _calls.get(op)
    if known is None:
        known = _calls.setdefault(op, {})
    found = _of_this_thread((op, args)) if _forgetting else None
    return found or known.get(args) or _kept(known, args, (op, args), Call(op, args))


#: The number pi: one half turn in radians.
PI = call("half_turns", num(1))


def number_of(formula: Formula) -> Exact | None:
    """Return the value of a number, with or without a minus; None for anything else."""
    if isinstance(formula, Num):
        return exact(formula.text)
    if isinstance(formula, Call) and formula.op == "neg" and isinstance(formula.args[0], Num):
        return -exact(formula.args[0].text)
    return None


def folded(op: str, args: Sequence[Formula]) -> Call:
    """Return f(x, y, z), which is f(f(x, y), z)."""
    found = call(op, *args[:2])
    for arg in args[2:]:
        found = call(op, found, arg)
    return found


def unfolded(formula: Call) -> tuple[Formula, ...]:
    """Return the arguments of f(x, y, z), which is f(f(x, y), z)."""
    last: list[Formula] = []
    first: Formula = formula
    while isinstance(first, Call) and first.op == formula.op:
        first, after = first.args
        last.append(after)
    return (first, *reversed(last))


def total(terms: Sequence[Formula]) -> Formula:
    """Return the sum of one or more terms; of one, itself.

    >>> total([name("x")]), total([name("x"), num(2)])
    (x, add(x, 2))
    """
    return terms[0] if len(terms) == 1 else call("add", *terms)


def product(factors: Iterable[Formula], op: str = "mul") -> Formula:
    """Return the product of one or more factors from left to right; `op` may be another operation of two.

    >>> product([name("x"), num(2), name("y")])
    mul(mul(x, 2), y)
    """
    found: Formula | None = None
    for factor in factors:
        found = factor if found is None else call(op, found, factor)
    assert found is not None
    return found


def joined(blocks: Sequence[Formula], *, beside: bool) -> Formula:
    """Return blocks under each other or `beside` each other, as brackets write them; of one, itself.

    >>> joined([name("x"), num(1)], beside=False), joined([name("A"), name("B")], beside=True)
    (column(x, 1), matrix(row(A, B)))
    """
    if len(blocks) == 1:
        return blocks[0]
    flat: list[Formula] = []
    for block in blocks:
        inner = block.args[0] if beside and is_call(block, "matrix") and len(block.args) == 1 else block
        same = is_call(inner, "row" if beside else "column")
        flat += inner.args if same and isinstance(inner, Call) else (block,)
    if beside:
        return call("matrix", call("row", *flat))
    rows = [block.args[0] for block in flat if is_call(block, "matrix") and len(block.args) == 1]
    wide = {len(row.args) for row in rows if is_call(row, "row")}
    return call("matrix", *rows) if len(rows) == len(flat) and len(wide) == 1 else call("column", *flat)


def is_call(formula: Formula | None, op: str) -> TypeGuard[Call]:
    """Return whether `formula` is a call of `op`."""
    return isinstance(formula, Call) and formula.op == op


def length(formula: Formula) -> int:
    """Return how many names, numbers and calls there are in a formula as it is written, where parts are not shared.

    >>> length(call("mul", call("add", name("x"), num(1)), call("add", name("x"), num(1))))
    7
    """
    found: dict[Formula, int] = {}
    for part in parts(formula, keep=False):
        found[part] = 1 + sum(found[arg] for arg in part.args) if isinstance(part, Call) else 1
    return found[formula]


def parts(formula: Formula, *, keep: bool = True) -> tuple[Formula, ...]:
    """Return each distinct part of `formula` once, arguments before the calls that use them.

    They are kept with the formula, but for one that will not be asked again.
    """
    if not isinstance(formula, Call):
        return (formula,)
    if formula.inside is not None:
        return formula.inside
    found: dict[Formula, None] = {}
    stack: list[Formula | None] = [formula]  # None stands before a call whose arguments are found
    while stack:
        part = stack.pop()
        if part is None:
            part = stack.pop()
            assert part is not None
            found[part] = None
        elif part not in found:
            if isinstance(part, Call):
                stack += (part, None, *part.args[::-1])
            else:
                found[part] = None
    every = tuple(found)
    if keep and len(every) <= _MOST_KEPT:
        formula.inside = every
    return every


def names_in(formula: Formula) -> tuple[Name, ...]:
    """Return the names that `formula` uses, each once, in the order they are first read."""
    if isinstance(formula, Name):
        return (formula,)
    if not isinstance(formula, Call):
        return ()
    found = formula.named
    if found is None:
        found = tuple(part for part in parts(formula) if isinstance(part, Name))
        if len(found) <= _MOST_KEPT:
            formula.named = found
    return found


def replace(formula: Formula, new: dict[Formula, Formula], done: dict[Formula, Formula] | None = None) -> Formula:
    """Return `formula` with every part that is a key of `new` replaced by its value.

    `done` keeps what became of each part, for other formulas that have it too.
    """
    done = {} if done is None else done
    stack: list[Formula] = [formula]
    while stack:
        part = stack[-1]
        if part in done:
            pass
        elif part in new:
            done[part] = new[part]
        elif not isinstance(part, Call):
            done[part] = part
        else:
            missing = [arg for arg in part.args if arg not in done]
            if missing:
                stack.extend(missing)
                continue
            done[part] = call(part.op, *[done[arg] for arg in part.args])
        stack.pop()
    return done[formula]
