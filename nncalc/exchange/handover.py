"""What is handed over to another program, and how a batch lies there."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from typing import Final, NamedTuple

from nncalc.language.formula import Name
from nncalc.spec.conventions import Conventions
from nncalc.spec.model import Model, examples_counted, in_rows

#: How often other numbers are drawn, each time a quarter as far from a model's own.
_ATTEMPTS: Final = 8


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


def nearby(model: Model, moved: Collection[Name]) -> Iterator[Model]:
    """Yield the model with the numbers of some leaves drawn near its own, ever nearer, at which it may have a value.

    At first each is off by at most 1/2, or by half of itself if that is more.
    """
    draw = random.Random(1)  # noqa: S311 -- numbers to try, no secrets
    for attempt in range(_ATTEMPTS):
        far = 0.5 / 4**attempt
        given = {
            of: [[x + max(1.0, abs(x)) * draw.uniform(-far, far) for x in row] for row in rows] if of in moved else rows
            for of, rows in model.given.items()
        }
        yield model._replace(given=given)
