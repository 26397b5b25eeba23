"""Spellings: what a formula is the same as, where its own loses digits: log(1 - p) is -softplus(x), if p is sigmoid(x).

The operation table says which calls are the same as which; here they are found, through the names of a graph. Knows
formulas, shapes and rules, no values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

from nncalc.graph.graph import Equation, Graph
from nncalc.graph.rules import rule
from nncalc.graph.shapes import SCALAR, Shapes
from nncalc.graph.tidy import tidy
from nncalc.language.formula import Call, Formula, Name, Num, call, name, parts, replace
from nncalc.ops import OPS

#: What an operation is among numbers, or of a number and anything: an operation that acts on each entry.
_ENTRYWISE = {"mul": "hadamard", "div": "hdiv", "pow": "hpow"}
#: The letters that stand for a column, for what is positive, for what has another's shape; others are anything.
_COLUMN, _POSITIVE, _ALIKE = name("x"), (name("p"), name("q")), {name("y"): name("x"), name("B"): name("A")}
#: How often what a formula is the same as is looked at again, and how many parts it may have then.
_AGAIN, _LONG = 12, 200
#: How many names are looked through at most in one match.
_DEEP = 12


class Spelling(NamedTuple):
    """A formula, and the quantities it no longer needs."""

    formula: Formula
    past: frozenset[Name] = frozenset()


@cache
def _respelled() -> tuple[tuple[Call, Formula], ...]:
    """Return the calls that are the same as something else, and that."""
    pairs = [(rule(plain), rule(other)) for op in OPS.values() for plain, other in op.respelled.items()]
    return tuple((plain, other) for plain, other in pairs if isinstance(plain, Call))


def _possible(graph: Graph, ops: set[str]) -> dict[str, list[tuple[Call, Formula]]]:
    """Return what may be respelled in a graph, by operation: calls of those that it has or that come in so.

    `ops` are those of graphs before it, and gather in it.
    """
    ops |= {part.op for each in graph.equations for part in parts(each.formula) if isinstance(part, Call)}
    ops |= {_ENTRYWISE[op] for op in ops if op in _ENTRYWISE}
    found: dict[str, list[tuple[Call, Formula]]] = {}
    left = list(_respelled())
    while True:
        now = [pair for pair in left if _ops(pair[0]) <= ops]
        if not now:
            return found
        for pair in now:
            left.remove(pair)
            found.setdefault(pair[0].op, []).append(pair)
            ops |= _ops(pair[1])


def _ops(formula: Formula) -> set[str]:
    return {_ENTRYWISE.get(part.op, part.op) for part in parts(formula) if isinstance(part, Call)}


class Spellings:
    """What the quantities of a graph are the same as; a class because each equation adds its own."""

    def __init__(self, shapes: Shapes, graph: Graph) -> None:
        self.ops: set[str] = set()
        self.possible = _possible(graph, self.ops)
        self.shapes = shapes
        self.meant: dict[Name, Spelling] = {}
        self.sure: dict[Name, bool] = {}
        self.unsure: list[Name] = []

    def follow(self, graph: Graph) -> None:
        """Go on with another graph, that uses the quantities there are."""
        self.possible = _possible(graph, self.ops)

    def add(self, equation: Equation) -> Spelling:
        """Return what the formula of an equation is the same as, itself where nothing is known, and keep it."""
        found = self.respelled(equation.formula) if self.possible else Spelling(equation.formula)
        self.meant[equation.name] = found
        self.unsure.append(equation.name)
        return found

    def respelled(self, formula: Formula, again: int = _AGAIN) -> Spelling:
        """Return a formula with what its parts are the same as in their places, looked at `again` so often."""
        new: dict[Formula, Formula] = {}
        past: frozenset[Name] = frozenset()
        for part in parts(formula):
            if not isinstance(part, Call):
                continue
            made = call(part.op, *[new.get(arg, arg) for arg in part.args])
            found = self.once(made, again) or Spelling(made)
            past |= found.past
            if found.formula is not part:
                new[part] = found.formula
        return Spelling(new.get(formula, formula), past)

    def once(self, formula: Call, again: int) -> Spelling | None:
        """Return what a call as a whole is the same as, as far as that goes, or None."""
        possible = self.possible.get(self.entrywise(formula), ())
        for plain, other in possible if len(parts(formula)) <= _LONG else ():
            for bound, past in self.matches(plain, formula, {}, frozenset()):
                if all(self.fits(letter, value, bound) for letter, value in bound.items()):
                    made = tidy(replace(other, dict(bound)), self.shapes)
                    more = self.respelled(made, again - 1) if again else Spelling(made)
                    return self.kept(Spelling(more.formula, past | more.past))
        return None

    def kept(self, spelling: Spelling) -> Spelling:
        """Return a spelling with the names that were looked through, but whose meaning is still in it."""
        inside = set(parts(spelling.formula))
        still: dict[Formula, Formula] = {
            self.meant[of].formula: of for of in spelling.past if self.meant[of].formula in inside
        }
        return Spelling(replace(spelling.formula, still), spelling.past.difference(still.values()))

    def entrywise(self, formula: Call) -> str:
        """Return the operation of a call, as one that acts on each entry where it does."""
        op = _ENTRYWISE.get(formula.op)
        if op is None or (formula.op == "mul" and SCALAR not in map(self.shapes.of, formula.args)):
            return formula.op
        return op if formula.op != "pow" or self.shapes.of(formula.args[0]) == SCALAR else formula.op

    def fits(self, letter: Formula, value: Formula, bound: Mapping[Formula, Formula]) -> bool:
        """Return whether what a letter stands for is of the letter's kind, beside what others stand for."""
        if letter in _ALIKE:
            return self.shapes.of(value) == self.shapes.of(bound[_ALIKE[letter]])
        if letter is _COLUMN:
            return self.shapes.of(value)[1] == 1
        if letter not in _POSITIVE:
            return True
        for of in self.unsure:
            self.sure[of] = self.positive(self.meant[of].formula)
        self.unsure.clear()
        return self.positive(value)

    def positive(self, formula: Formula) -> bool:
        """Return whether a formula is positive whatever its numbers."""
        found: dict[Formula, bool] = {}
        for part in parts(formula):
            if isinstance(part, Name):
                found[part] = self.sure.get(part, False)
            elif isinstance(part, Num):
                found[part] = float(part.text) > 0
            else:
                op = self.entrywise(part)
                sums = op in ("hadamard", "hdiv", "add") and all(found[arg] for arg in part.args)
                found[part] = OPS[op].positive or sums
        return found[formula]

    def matches(
        self, plain: Formula, formula: Formula, bound: Mapping[Formula, Formula], past: frozenset[Name]
    ) -> Iterator[tuple[Mapping[Formula, Formula], frozenset[Name]]]:
        """Yield what the letters of `plain` stand for where it is `formula`, and the names looked through for that."""
        if isinstance(plain, Name):
            if bound.get(plain, formula) is formula:
                yield {**bound, plain: formula}, past
        elif isinstance(plain, Num):
            if plain is formula:
                yield bound, past
        elif isinstance(formula, Name):
            meant = self.meant.get(formula)
            if meant is not None and len(past) < _DEEP:
                yield from self.matches(plain, meant.formula, bound, past | meant.past | {formula})
        elif isinstance(formula, Call) and plain.op == self.entrywise(formula):
            orders = [formula.args, formula.args[::-1]] if plain.op in ("add", "hadamard") else [formula.args]
            for args in orders if len(plain.args) == len(formula.args) else ():
                yield from self.each(plain.args, args, bound, past)

    def each(
        self, plain: tuple[Formula, ...], args: tuple[Formula, ...], bound: Mapping[Formula, Formula],
        past: frozenset[Name],
    ) -> Iterator[tuple[Mapping[Formula, Formula], frozenset[Name]]]:  # fmt: skip
        """Yield what `matches` does for several formulas at once."""
        if not plain:
            yield bound, past
            return
        for found, seen in self.matches(plain[0], args[0], bound, past):
            yield from self.each(plain[1:], args[1:], found, seen)
