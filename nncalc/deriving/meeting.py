"""Where the ways from the parts of a formula down to one quantity meet. Knows formulas, neither shapes nor rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nncalc.language.formula import Call, Formula


class Meeting:
    """The parts in which a quantity stands, and where ways from them to it meet; a class because it looks once.

    `order` has arguments before the calls that use them, the quantity first.
    """

    def __init__(self, order: list[Formula]) -> None:
        self.order = order
        self.place = {part: place for place, part in enumerate(order)}
        self.below: list[int] = []  # the places of a part and of all below it, as bits
        self.next: list[int] = []  # where all ways from a part meet first
        self.steps: list[int] = []  # how many such meetings there are on its way
        for place, part in enumerate(order):
            inner = [self.place[arg] for arg in part.args if arg in self.place] if isinstance(part, Call) else []
            bits = 1 << place
            for each in inner:
                bits |= self.below[each]
            self.below.append(bits)
            self.next.append(self._common(inner) if inner else place)
            self.steps.append(self.steps[self.next[place]] + 1 if inner else 0)

    def __contains__(self, part: Formula) -> bool:
        return part in self.place

    def _common(self, places: Iterable[int]) -> int:
        found, *others = places
        for each in others:
            other = each
            while found != other:
                if self.steps[found] >= self.steps[other]:
                    found = self.next[found]
                else:
                    other = self.next[other]
        return found

    def of(self, parts: Iterable[Formula]) -> Formula:
        """Return the part at which all ways from `parts` meet first, which may be one of them."""
        return self.order[self._common(self.place[part] for part in parts)]

    def leads(self, part: Formula, other: Formula) -> bool:
        """Return whether `other` stands in `part`."""
        return part is not other and bool(self.below[self.place[part]] >> self.place[other] & 1)

    def before(self, part: Formula, goal: Formula) -> int:
        """Return the parts on the way from `part` to `goal`, without it, as bits."""
        return self.below[self.place[part]] & ~self.below[self.place[goal]]

    def parts(self, bits: int) -> Iterator[Formula]:
        """Yield the parts that bits stand for."""
        while bits:
            last = bits & -bits
            yield self.order[last.bit_length() - 1]
            bits ^= last
