"""Of wrong answers drawn at random, nine in ten are named: published derivatives with one slip of a kind somewhere."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from nncalc.deriving.answer import Verdict
from nncalc.deriving.mistakes import FUNCTIONS
from nncalc.deriving.result import Wanted, derive
from nncalc.graph.shapes import Shapes
from nncalc.language.formula import Call, Formula, Name, call, num, parts, replace, total
from nncalc.language.printer import show
from nncalc.problems import Problem

pytestmark = pytest.mark.sampled

FILE = json.loads((Path(__file__).parent / "cases" / "matrix" / "identities.json").read_text(encoding="utf-8"))
COUNT = 30 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 10
#: The kinds of slips, and the words under which each may be found, since another can give the same value.
KINDS = {
    "factor": {"factor"},
    "sign": {"sign"},
    "transposed": {"transposed", "shape"},
    "missing term": {"missing term"},
    "forgotten factor": {"forgotten factor", "factor"},
    "wrong function": {"wrong function", "forgotten factor"},
}


class Slip(NamedTuple):
    wanted: Wanted
    kind: str
    answer: Formula


def slips() -> Iterator[Slip]:
    for case in FILE["cases"]:
        shapes = tuple(f"{word}: {' x '.join(shape) or '1'}" for word, shape in case["shapes"].items())
        said = tuple(f"{word}: {each}" for word, words in case.get("assume", {}).items() for each in words)
        hessian = case.get("hessian", False)
        wanted = Wanted(case["expression"], case["wrt"], shapes, said, hessian=hessian, verify=False)
        found = derive(wanted).derivation
        for kind, answer in slipped(found.derivative, found.setting.shapes):
            yield Slip(wanted, kind, answer)


def slipped(right: Formula, shapes: Shapes) -> Iterator[tuple[str, Formula]]:
    """Yield a derivative with one slip, in every way that is thought of here."""
    yield "factor", call("mul", num(2), right)
    yield "factor", call("div", right, num(2))
    yield "sign", call("neg", right)
    yield "transposed", call("transpose", right)
    terms = right.args if isinstance(right, Call) and right.op == "add" else ()
    for place, term in enumerate(terms):
        others = [*terms[:place], *terms[place + 1 :]]
        yield "missing term", total(others)
        yield "sign", total([*others, call("neg", term)])
        yield "factor", total([*others, call("mul", num(2), term)])
    for part in parts(right):
        if isinstance(part, Call) and part.op in ("mul", "hadamard"):
            for arg, other in (part.args, part.args[::-1]):
                if isinstance(arg, Call) and shapes.of(other) == shapes.of(part):
                    yield "forgotten factor", replace(right, {part: other})
                if isinstance(arg, Name) and shapes.of(arg)[0] == shapes.of(arg)[1] != 1:
                    yield "transposed", replace(right, {arg: call("transpose", arg)})
        if isinstance(part, Call) and part.op in FUNCTIONS:
            for other_function in FUNCTIONS:
                if other_function != part.op:
                    yield "wrong function", replace(right, {part: call(other_function, *part.args)})


def verdict(slip: Slip) -> Verdict | None:
    """Return what is said of a slip; None where it has no shape, or is right all the same."""
    try:
        found = derive(slip.wanted._replace(answer=show(slip.answer))).verdict
    except Problem:
        return None
    assert found is not None
    return None if found.right else found


SLIPS = [*slips()]


@pytest.mark.parametrize("kind", KINDS)
def test_nine_in_ten_wrong_answers_are_named(kind: str) -> None:
    of_kind = [slip for slip in SLIPS if slip.kind == kind]
    random.Random(5).shuffle(of_kind)
    named, missed = 0, []
    for slip in of_kind:
        said = verdict(slip)
        if said is not None and said.kind in KINDS[kind]:
            named += 1
        elif said is not None:
            missed.append((slip.wanted.expression, show(slip.answer), said.kind))
        if named + len(missed) == COUNT:
            break
    assert named + len(missed) == COUNT
    assert len(missed) <= COUNT / 10, missed
