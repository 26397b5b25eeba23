"""What answers are called: quantities and gradients as everywhere, and `W1_new` for what a step makes of `W1`."""

from __future__ import annotations

import re

from nncalc.language.formula import Name, name
from nncalc.ops.optimizers import OPTIMIZERS
from nncalc.problems import Problem
from nncalc.spec.model import Model

_NEW = re.compile(r"(?P<of>\w+)_new(?:\[(?P<index>[0-9]{1,6}(?:,[0-9]{1,6})?)\])?")


def named(model: Model, text: str) -> Name:
    """Return the quantity, entry or gradient that a person calls so; raise Problem (`name`)."""
    return _updated(model, text.strip()) or model.named(text.strip())


def _updated(model: Model, text: str) -> Name | None:
    """Return a parameter, or what an optimizer keeps of it, after a step, None for anything else.

    Raises Problem (`name`) where no learning rate is said.
    """
    new = _NEW.fullmatch(text)
    if new is None or f"{new['of']}_new" in {of.base for of in model.graph.names}:
        return None
    kept = OPTIMIZERS[model.training.optimizer or "sgd"].kept
    trained = [of.base for of in model.parameters]
    if new["of"] not in {*trained, *(f"{letter}_{of}" for letter in kept for of in trained)}:
        return None
    if "rate" not in dict(model.training.settings):
        raise Problem(f"`{text}`: no learning rate is said", None, "write `[training]` with `rate = 0.1`", "name")
    return name(f"{new['of']}_new", tuple(map(int, new["index"].split(","))) if new["index"] else ())
