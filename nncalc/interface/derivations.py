"""From what is asked of a derivation to its page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nncalc.deriving.derivation import Layout
from nncalc.deriving.page import page
from nncalc.deriving.question import Wanted
from nncalc.deriving.result import Result, derive
from nncalc.interface.equations import asked_of, check_name
from nncalc.page import Page
from nncalc.problems import Problem, one_of

METHODS = ("rules", "element", "expand")
LAYOUTS = ("denominator", "numerator")


class Question(NamedTuple):
    """What is asked: equations or a file of them, by what, and how; texts as they were given."""

    words: Sequence[str]
    wrt: Sequence[str] = ()
    shapes: Sequence[str] = ()
    assume: Sequence[str] = ()
    layout: str = "denominator"
    hessian: bool = False
    method: str = "rules"
    chain: bool = False
    solve: bool = False
    at: Sequence[str] = ()
    answer: str | None = None
    verify: bool = True

    def checked(self) -> Question:
        """Return self; raise Problem (`usage`) for what does not go together."""
        one_of("--method", self.method, METHODS)
        one_of("--layout", self.layout, LAYOUTS)
        if not "".join(self.words).strip():
            raise Problem(
                "there is no expression to differentiate", None,
                "such as nncalc derive 'norm2(y - X*theta)^2' --wrt theta --solve", "usage",
            )  # fmt: skip
        if self.answer is not None and not self.verify:
            raise Problem("--answer judges by numbers, so it goes without --no-verify", None, None, "usage")
        if len(self.wrt) > 1:
            raise Problem("--wrt takes one quantity at a time", None, "one derivation for each", "usage")
        if self.chain and (self.hessian or self.method != "rules"):
            raise Problem("--chain is a first derivative by rules", None, "leave out --hessian and --method", "usage")
        return self


def derived(question: Question, precision: int | None = None) -> tuple[Result, Page]:
    """Return the derivation that is asked for, and its page; raise Problem."""
    asked = question.checked()
    text = asked_of(asked.words, asked.shapes)
    wrt = asked.wrt[0] if asked.wrt else None
    check_name(text, wrt)
    layout: Layout = "numerator" if asked.layout == "numerator" else "denominator"
    found = derive(Wanted(
        text.equations, wrt, text.shapes, tuple(asked.assume), layout, asked.hessian, asked.method, asked.solve,
        asked.answer, asked.verify, tuple(asked.at), asked.chain, text.source,
    ))  # fmt: skip
    numbers = None
    if asked.at:
        from nncalc.deriving.numbers import evaluated

        numbers = evaluated(found, asked.at, precision)
    return found, page(found, numbers)
