"""An element and a matrix compared with numbers, where their normal forms cannot be brought together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.verify import quantities
from nncalc.graph.sizes import Size
from nncalc.language.formula import Formula, Name, Num, call, name, num
from nncalc.numbers.check import Sample, agree, number, samples, value
from nncalc.numbers.complexes import Complex
from nncalc.progress import told

_WORDS = {"symmetric": "symmetric", "sums_to_one": "probability", "skew": "skew", "orthogonal": "orthogonal"}


def agrees(
    found: Derivation,
    element: Formula,
    here: Callable[[tuple[int, int], Mapping[str, int]], Mapping[str, int]],
    ranges: Mapping[str, Size],
) -> bool:
    """Return whether `element` stands everywhere in the derivative; raise Problem.

    `here` says what the index variables are at a row and a column of it, given how far they run.
    """
    facts, names = found.setting.facts, quantities(found)
    assumed = {each: frozenset(_WORDS[fact] for fact in _WORDS if each in getattr(facts, fact)) for each in names}
    for sample in told([*samples(found.setting.shapes, names, assumed, found.setting.formula)], "checking"):
        whole = value(found.derivative, sample.values, sample.sizes)
        trial = Trial(sample, ranges)
        counts = {index: number(size, sample.sizes) for index, size in ranges.items()}
        own = whole.copy()
        for row, column in told([*product(*map(range, whole.shape))], "checking"):
            own[row, column] = trial.of(element, here((row, column), counts))[0, 0]
        if not agree(own, whole):
            return False
    return True


class Trial:
    """Puts numbers into elements; a class because whole quantities are computed once."""

    def __init__(self, sample: Sample, ranges: Mapping[str, Size]) -> None:
        self.sample = sample
        self.ranges = ranges
        self.wholes: dict[Formula, Complex] = {}

    def whole(self, formula: Formula) -> Complex:
        if formula not in self.wholes:
            self.wholes[formula] = value(formula, self.sample.values, self.sample.sizes)
        return self.wholes[formula]

    def of(self, element: Formula, here: Mapping[str, int]) -> Complex:
        """Return the value of an element, an array of one entry, with its index variables at the places `here`."""
        if isinstance(element, Num):
            return self.whole(element)
        if isinstance(element, Name):
            return self.entry(name(element.base), element.index, here)
        args = element.args
        match element.op:
            case "entry":
                return self.entry(args[0], tuple(map(str, args[1:])), here)
            case "delta":
                return self.whole(num(int(here[str(args[0])] == here[str(args[1])])))
            case "over_sum":
                found = self.whole(num(0))
                for place in range(number(self.ranges[str(args[0])], self.sample.sizes)):
                    found = found + self.of(args[1], {**here, str(args[0]): place + 1})
                return found
            case _:
                letters = [name(f"u{place}") for place in range(len(args))]
                values = [self.of(arg, here) for arg in args]
                return value(call(element.op, *letters), dict(zip(letters, values, strict=True)), {})

    def entry(self, formula: Formula, index: tuple[int | str, ...], here: Mapping[str, int]) -> Complex:
        places = [here[each] - 1 for each in map(str, index)]
        whole = self.whole(formula)
        if len(places) == 2:
            return whole[places[0] : places[0] + 1, places[1] : places[1] + 1]
        return whole.reshape(-1, 1)[places[0] : places[0] + 1] if places else whole
