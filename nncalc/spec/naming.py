"""What people call quantities and gradients, beside what a page calls them.

`loss/beta.1` and `beta.grad.1` have no sign that a shell reads. Knows names; whose derivative is computed, and how, is
elsewhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nncalc.language.formula import Name, name
from nncalc.problems import Problem, safe

if TYPE_CHECKING:
    from nncalc.spec.model import Model

#: What people call the loss.
_LOSSES: Final = frozenset({"L", "J", "E", "C", "l", "loss", "ℓ", "Loss", "cost", "error"})
_NUMPY = re.compile(r"""(?:grads?|gradients?|g)\[\s*(?P<quote>["'])(?P<of>[^"']+)(?P=quote)\s*\]""")
_TORCH = re.compile(r"(?:\w+\.)*?(?P<of>[^\W\d]\w*?(?:\[[0-9, ]+\])?)[._]grad(?:ient)?(?P<entry>\[[0-9, ]+\])?")
_RATIO = re.compile(r"[d∂]\s*\(?(?P<loss>[^\W\d]\w*|ℓ)\)?\s*(?:/|_)\s*[d∂]\s*\(?(?P<of>.+?)\)?")
_OVER = re.compile(r"(?P<loss>[^\W\d]\w*|ℓ)/(?P<of>[^\W\d].*)")
_SHORT = re.compile(r"(?:(?:grad(?:ient)?|nabla|dL|dJ|dloss)[ _]?|[∇Δ]\s*|(?:dL|dJ)?_?d_?)(?P<of>[^\W\d].*)")
#: An index as LaTeX and plain text have it, `a_2`, `a_{1,2}`, and as no shell reads it, `a.2`, `a.1.2`.
_BELOW = re.compile(r"(?<=\w)_(?:\{([0-9, ]+)\}|([0-9]))$")
_DOTTED = re.compile(r"(?<=\w)\.([0-9]{1,6})(?:\.([0-9]{1,6}))?(?=\)?$)")


def called(model: Model, text: str) -> Name | None:
    """Return the quantity, entry or gradient that a person calls so, None where nothing is; raise Problem (`name`).

    That is `dL/dW1`, `loss/W1`, `W1.grad`, `grads["W1"]`, `grad_W1`, `dW1`; `L` for the loss; `a_2` or `a.2`
    for an entry.
    """
    plain = _BELOW.sub(lambda found: f"[{found[1] or found[2]}]", text.strip())
    plain = _DOTTED.sub(lambda found: f"[{','.join(each for each in found.groups() if each)}]", plain)
    found = _gradient(model, plain, {of.base for of in model.graph.names})
    if found is not None:
        return found
    if plain in _LOSSES:
        return model.output
    return model.written(plain) if plain != text.strip() and not plain[0].isdecimal() else None


def _gradient(model: Model, text: str, known: set[str]) -> Name | None:
    """Return the gradient that is called so, None for anything else."""
    for pattern in (_NUMPY, _TORCH, _RATIO, _OVER, _SHORT):
        found = pattern.fullmatch(text)
        if found is None:
            continue
        parts = found.groupdict()
        loss, whose = parts.get("loss"), parts["of"].strip() + (parts.get("entry") or "")
        if pattern is _RATIO and loss in known and model.output is not None and loss != model.output.base:
            says = f"`{safe(text, 80)}`: gradients here are of `{model.output}`, and `{loss}` is another quantity"
            raise Problem(says, None, f"--of {loss} differentiates that", "name")
        if loss is not None and loss not in _LOSSES - known and (model.output is None or loss != model.output.base):
            continue
        if pattern in (_SHORT, _TORCH) and _written(model, whose) is None:
            continue
        if model.output is None:
            raise Problem(f"`{safe(text, 80)}`: there is no loss to differentiate", None, None, "name")
        of = model.written(whose)
        return of if of.of is not None else name(of.base, of.index, of=model.output)
    return None


def _written(model: Model, text: str) -> Name | None:
    """Return what a page calls so, if it calls anything so."""
    try:
        return model.written(text)
    except Problem:
        return None
