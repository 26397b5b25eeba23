"""Letters for index variables: i, j for the element that is written, k, l, ... for those of sums, none used twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from nncalc.language.formula import Formula, Name, Num, call, name, names_in

#: For the element that is written and for sums, in the order they are taken; Unicode has all as subscripts.
_FREE = "ijklmprstuhoaevxn"
_BOUND = "klmprstuhoaejivxn"


class Letters:
    """Gives numbered index variables their letters; a class because a variable keeps its letter on all lines."""

    def __init__(self, formula: Formula, also: Iterable[Name], sizes: Collection[str], free: Iterable[str]) -> None:
        self.taken = {each.base for each in (*names_in(formula), *also)} | set(sizes)
        self.given: dict[str, str] = {}
        self.free: dict[str, str] = {}
        for each in free:
            self.free[each] = self.given[each] = self.unused(_FREE, self.free.values())

    def unused(self, pool: str, near: Collection[str]) -> str:
        """Return a letter that neither a quantity nor a sum around it has."""
        letters = [*pool, *(f"{letter}{digit}" for digit in range(1, 10) for letter in "kl")]
        found: str = next(letter for letter in letters if letter not in self.taken and letter not in near)
        return found

    def shown(self, formula: Formula) -> Formula:
        """Return an element with letters for its index variables, as it is written."""
        return self.lettered(formula, self.free)

    def lettered(self, formula: Formula, here: Mapping[str, str]) -> Formula:
        if isinstance(formula, Num):
            return formula
        if isinstance(formula, Name):
            return _indexed(formula, here)
        if formula.op == "entry":
            whole, *at = formula.args
            return call("entry", whole, *[_lettered(each, here) for each in at]) if at else whole
        if formula.op == "delta":
            return call("delta", *[_lettered(each, here) for each in formula.args])
        if formula.op == "over_sum":
            index, body = str(formula.args[0]), formula.args[1]
            letter = self.given.get(index)
            if letter is None or letter in here.values():
                letter = self.unused(_BOUND, here.values())
                self.given.setdefault(index, letter)
            return call("over_sum", name(letter), self.lettered(body, {**here, index: letter}))
        return call(formula.op, *[self.lettered(arg, here) for arg in formula.args])

    def said(self, text: str) -> str:
        """Return a text with letters for the index variables in it."""
        return re.sub(r"#\d+", lambda found: self.given[found.group()], text)


def _lettered(index: Formula, here: Mapping[str, str]) -> Name:
    return name(here[str(index)])


def _indexed(formula: Name, here: Mapping[str, str]) -> Name:
    index = tuple(here.get(each, each) if isinstance(each, str) else each for each in formula.index)
    return name(formula.base, index, _indexed(formula.of, here) if formula.of else None)
