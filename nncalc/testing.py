"""For tests: a hand-written backward pass beside what is right.

def test_backward():
nncalc.testing.assert_gradients("net.toml", W1=dW1, b1=db1)
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from nncalc.graph.calculus import gradient_of
from nncalc.interface.depth import deep
from nncalc.interface.objects import array_of
from nncalc.interface.python import load
from nncalc.problems import Problem

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from nncalc.interface.python import Array, Network, Spec
    from nncalc.judging.judge import Differing
    from nncalc.language.formula import Name
    from nncalc.page import Page
    from nncalc.spec.model import Model

#: How many entries that differ are told of a gradient.
MOST = 5
#: How much of a line pytest takes for itself, and how wide what is said is at least.
MARGIN, LEAST = 8, 40


def assert_gradients(
    spec: Spec,
    gradients: Mapping[str, ArrayLike] | None = None,
    /,
    *,
    tolerance: float | None = None,
    **named: ArrayLike,
) -> None:
    """Compare the gradients of the loss by some quantities with what is right; raise AssertionError where one differs.

    It says which entries do, and which mistake leads to them. They may be off by `tolerance`, 1e-6 where nobody says
    otherwise, of the largest entry. What is no spec, no gradient or no array is a Problem.

    >>> assert_gradients("recitation", beta=[[4, 12, 8]])
    >>> assert_gradients("recitation", beta=[[4, 12, 9]])
    Traceback (most recent call last):
    AssertionError: `beta`: 1 of 3 entries differs
      [0, 2]  d(loss)/d(beta[2]): 9, and 8 is right
    <BLANKLINE>
    Recitation 5
    ...
    """
    __tracebackhide__ = True
    net = load(spec)
    arrays = {called: array_of(called, said) for called, said in {**(gradients or {}), **named}.items()}
    with deep():
        said = _misses(arrays) or _mistakes(net, arrays, tolerance)
    if said:
        raise AssertionError(said)


def _misses(arrays: Mapping[str, Array]) -> str:
    """Return what is said of entries that are no numbers, nothing where all are."""
    import numpy as np

    return "\n".join(
        f"`{called}`: {array[tuple(place)]} at {place.tolist()}"
        for called, array in arrays.items()
        for place in np.argwhere(~np.isfinite(array))[:1]
    )


def _mistakes(net: Network, arrays: Mapping[str, Array], tolerance: float | None) -> str:
    """Return what is said of gradients that are wrong, nothing where all are right."""
    from nncalc.judging.judge import Judge
    from nncalc.judging.marking import marked, told_of

    names = {called: _gradient(net.model, called) for called in arrays}
    pairs = [(of.id, arrays[called].tolist()) for called, of in names.items()]
    found = marked(Judge(net.model, tolerance), [("", pairs)], told_of(net.model))
    if found.right:
        return ""
    called_by = {of: called for called, of in names.items()}
    said: list[str] = []
    for judged in found.wrong():
        called = called_by[judged.answer.entry or judged.answer.of]
        said += _entries(called, arrays[called], found.judge.differing(judged))
    return "\n".join([*said, "", _shown(found.page)]).strip("\n")


def _shown(page: Page) -> str:
    """Return a page as text, no wider than a terminal shows beside what pytest puts before it."""
    from nncalc.render import bounds, style_of
    from nncalc.render.layout import lines

    most = max(LEAST, shutil.get_terminal_size().columns - MARGIN)
    return bounds.cut("".join(f"{line.text}\n" for line in lines(page, style_of(page, ascii_only=False), most)))


def _gradient(model: Model, called: str) -> Name:
    """Return the gradient by a quantity, or that of this name; raise Problem (`name`) where there is none."""
    from nncalc.judging.naming import named

    of = named(model, called)
    if model.output is None:
        raise Problem("there is no loss to differentiate", None, "load a spec that has one", "name")
    return of if of.of is not None else gradient_of(of, model.output)


def _entries(called: str, array: Array, differing: list[Differing]) -> Iterator[str]:
    """Yield which entries of a gradient differ, by the index they have in its array and by their names."""
    if differing:
        yield f"`{called}`: {len(differing)} of {array.size} entries {'differs' if len(differing) == 1 else 'differ'}"
    for each in differing[:MOST]:
        index = each.place if array.ndim == 2 else (max(each.place),) * array.ndim
        yield f"  {list(index)}  {each.entry}: {each.given:g}, and {each.right:g} is right"
    if len(differing) > MOST:
        yield f"  and {len(differing) - MOST} more"
