"""What people call quantities and gradients, beside what a page calls them."""

from __future__ import annotations

import re
from typing import Final

from nncalc.graph.calculus import gradient_of
from nncalc.language.formula import Name, name
from nncalc.ops.optimizers import OPTIMIZERS
from nncalc.problems import Problem, safe
from nncalc.spec.model import Model

#: What people call the loss.
_LOSSES: Final = frozenset({"L", "J", "E", "C", "l", "loss", "ℓ", "Loss", "cost", "error"})
_NUMPY = re.compile(r"""(?:grads?|gradients?|g)\[\s*(?P<quote>["'])(?P<of>[^"']+)(?P=quote)\s*\]""")
_TORCH = re.compile(r"(?:\w+\.)*?(?P<of>[^\W\d]\w*?)[._]grad(?:ient)?")
_RATIO = re.compile(r"[d∂]\s*\(?(?P<loss>[^\W\d]\w*|ℓ)\)?\s*(?:/|_)\s*[d∂]\s*\(?(?P<of>.+?)\)?")
_SHORT = re.compile(r"(?:(?:grad(?:ient)?|nabla|dL|dJ|dloss)[ _]?|[∇Δ]\s*|(?:dL|dJ)?_?d_?)(?P<of>[^\W\d].*)")
#: An index as LaTeX and plain text have it: `a_2`, `a_{1,2}`.
_BELOW = re.compile(r"(?<=\w)_(?:\{([0-9, ]+)\}|([0-9]))$")
_NEW = re.compile(r"(?P<of>\w+)_new(?:\[(?P<index>[0-9]{1,6}(?:,[0-9]{1,6})?)\])?")


def named(model: Model, text: str) -> Name:
    """Return the quantity, entry or gradient that a person calls so; raise Problem (`name`).

    Beside what a page calls it: `dL/dW1`, `W1.grad`, `grads["W1"]`, `grad_W1`, `dW1`; `L` for the loss; `W1_new` for
    what a step makes of `W1`.
    """
    text = text.strip()
    known = {of.base for of in model.graph.names}
    if text in known:
        return model.named(text)
    text = _BELOW.sub(lambda found: f"[{found[1] or found[2]}]", text)
    found = _gradient(model, text, known) or _updated(model, text)
    if found is not None:
        return found
    if text in _LOSSES and model.output is not None:
        return model.output
    return model.named(text)


def _gradient(model: Model, text: str, known: set[str]) -> Name | None:
    """Return the gradient that is called so, None for anything else."""
    for pattern in (_NUMPY, _TORCH, _RATIO, _SHORT):
        found = pattern.fullmatch(text)
        if found is None:
            continue
        loss = found.groupdict().get("loss")
        if loss in known and model.output is not None and loss != model.output.base:
            says = f"`{safe(text, 80)}`: gradients here are of `{model.output}`, and `{loss}` is another quantity"
            raise Problem(says, None, f"--of {loss} differentiates that", "name")
        if loss is not None and loss not in _LOSSES and (model.output is None or loss != model.output.base):
            continue
        if pattern in (_SHORT, _TORCH) and not _is_known(model, found["of"]):
            continue
        if model.output is None:
            raise Problem(f"`{safe(text, 80)}`: there is no loss to differentiate", None, None, "name")
        of = model.named(found["of"].strip())
        return of if of.of is not None else gradient_of(of, model.output)
    return None


def _updated(model: Model, text: str) -> Name | None:
    """Return a parameter, or what an optimizer keeps of it, after a step, None for anything else.

    Raises Problem (`name`) where no learning rate is said.
    """
    new = _NEW.fullmatch(text)
    kept = OPTIMIZERS[model.training.optimizer or "sgd"].kept
    trained = [of.base for of in model.parameters]
    if new is None or new["of"] not in {*trained, *(f"{letter}_{of}" for letter in kept for of in trained)}:
        return None
    if "rate" not in dict(model.training.settings):
        raise Problem(f"`{text}`: no learning rate is said", None, "write `[training]` with `rate = 0.1`", "name")
    return name(f"{new['of']}_new", tuple(map(int, new["index"].split(","))) if new["index"] else ())


def _is_known(model: Model, text: str) -> bool:
    try:
        model.named(text)
    except Problem:
        return False
    return True
