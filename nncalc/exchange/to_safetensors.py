"""The numbers of a model as a file of safetensors: what is given, under its name and in the shape it was typed in."""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.exchange.handover import Written
from nncalc.problems import Problem
from nncalc.sheet.data import shaped
from nncalc.spec.arrays import flat
from nncalc.spec.model import Model
from nncalc.spec.safetensors import written as file_of


def written(model: Model, _target: str, wrt: Sequence[str] | None) -> Written:
    """Return the parameters, inputs and targets of a model, a batch with an example a row."""
    if wrt is not None:
        raise Problem("safetensors hold what is given, no gradients", None, "leave out --wrt", "usage")
    found = {of.base: flat(shaped(model, of, model.given[of], float)) for of in model.graph.leaves}
    return Written(file_of(found))
