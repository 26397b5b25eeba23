"""What is handed over to another program, and how a batch lies there."""

from __future__ import annotations

from typing import NamedTuple

from nncalc.spec.conventions import Conventions
from nncalc.spec.model import Model, examples_counted, in_rows


class Written(NamedTuple):
    """What is handed over, and what is to be said of it."""

    data: str | bytes
    remarks: tuple[str, ...] = ()


def in_batch(model: Model) -> Model:
    """Return the model with an example a row, as other libraries have it, unless something else was asked for."""
    if not model.per_example or "examples" in model.conventions.chosen:
        return model
    rows = Conventions({"examples": "rows"}).over(model.conventions)
    counted = examples_counted(model)
    return in_rows(model if counted else model._replace(general={}), counted)._replace(conventions=rows)
