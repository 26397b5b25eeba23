"""The form a person would write: candidates in normal form, raw, expanded and factored, of which the shortest wins."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from nncalc.algebra.cost import cost
from nncalc.algebra.factoring import Factoring
from nncalc.algebra.normal import Algebra
from nncalc.algebra.terms import NOTHING, Facts, TooLong
from nncalc.algebra.writing import Writer
from nncalc.graph.rules import has_decimals
from nncalc.graph.shapes import Shapes
from nncalc.graph.tidy import one_choice
from nncalc.language.formula import Call, Formula, is_call, parts, total

#: How many factors are tried in one formula, and after how many in all it is only a few.
MANY_TRIALS, PLENTY, FEW_TRIALS = 60, 300, 6
#: How many times as long as the best so far a sum may be that is factored.
HOPELESS = 3


class Simplifier:
    """Writes formulas over some shapes as a person would; a class because its algebras keep what they found.

    `like` are formulas whose own order of terms and decimals are kept, such as the input.
    """

    def __init__(self, shapes: Shapes, facts: Facts = NOTHING, like: Iterable[Formula] = ()) -> None:
        self.shapes = shapes
        like = list(like)
        self.decimals = any(map(has_decimals, like))
        inverses = any(
            isinstance(part, Call) and part.op in ("inv", "det", "logdet") for each in like for part in parts(each)
        )
        splits = (False, True) if inverses else (False,)
        self.algebras = [Algebra(shapes, facts, expand=e, split=s) for e in (False, True) for s in splits]
        self.writers = [Writer(algebra, decimals=self.decimals) for algebra in self.algebras]
        for algebra in self.algebras:
            for each in like:
                with suppress(TooLong):
                    algebra.within.normal(each)
        self.done: dict[Formula, Formula] = {}
        self.trials = 0

    @property
    def raw(self) -> Algebra:
        return self.algebras[0]

    def simplest(self, formula: Formula) -> Formula:
        """Return the shortest formula found that is equal to `formula` in value and shape; a very long one stays."""
        found = self.done.get(formula)
        if found is None:
            found = self.shortest(formula)
            if is_call(found, "add"):
                found = total(one_choice(found.args, self.shapes))
            self.done[formula] = found
        return found

    def shortest(self, formula: Formula) -> Formula:
        shape = self.shapes.of(formula)
        best: Formula | None = None
        for algebra, writer in zip(self.algebras, self.writers, strict=True):
            try:
                found = algebra.normal(formula)
                texts = [writer.write(found, shape)]
                if best is None or cost(texts[0])[0] < HOPELESS * cost(best)[0]:
                    factoring = Factoring(algebra, writer, MANY_TRIALS if self.trials < PLENTY else FEW_TRIALS)
                    texts.append(writer.write(factoring.best(found, shape), shape))
                    self.trials += factoring.trials
            except TooLong:
                continue
            for text in texts:
                if best is None or is_better(text, best, expanded=algebra.expand):
                    best = text
        return formula if best is None else best


def is_better(text: Formula, best: Formula, *, expanded: bool) -> bool:
    """Return whether a text is shorter; where it was multiplied out, fewer signs are not enough."""
    return cost(text)[0] < cost(best)[0] if expanded else cost(text) < cost(best)
