"""What a spec says once it has been read: equations as text, and the numbers that are given.

Knows nothing of how it was written, except where each part stands in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from nncalc.language import blocks
from nncalc.language.figures import Figure, Rows
from nncalc.problems import Where
from nncalc.spec.conventions import Conventions
from nncalc.spec.document import Document
from nncalc.spec.words import Path, path_text

if TYPE_CHECKING:
    from nncalc.language.definitions import Head


class Given(NamedTuple):
    """A quantity whose numbers the user gave.

    Inside, a vector is a column, a number one row of one, and a batch holds one example per
    column. `dims` is how it was typed: 0 a number, 1 a list, 2 a list of lists.
    """

    rows: Rows
    dims: int
    batch: bool
    path: Path


class Statement(NamedTuple):
    """The right side of an equation; `written` when the user wrote the text himself.

    `general` is the same of any number of examples, which is called `examples` there, where `text` has the number.
    """

    text: str
    path: Path
    written: bool
    general: str | None = None


#: What the number of examples in a batch is called in an equation.
EXAMPLES = "examples"


class Training(NamedTuple):
    """What is said of training, None where nothing is; `settings` are those of the optimizer."""

    optimizer: str | None = None
    steps: int | None = None
    batch: int | None = None
    seed: int | None = None
    until: float | None = None
    settings: tuple[tuple[str, Figure], ...] = ()

    def over(self, other: Training) -> Training:
        """Return what is said here, and else what `other` says; settings of another optimizer do not carry over."""
        same = self.optimizer in (None, other.optimizer)
        settings = {**dict(other.settings if same else ()), **dict(self.settings)}
        said = {key: value for key, value in self._asdict().items() if value is not None}
        return other._replace(**{**said, "settings": tuple(settings.items())})


class Section(NamedTuple):
    """A layer, or the loss: in words what it is and how it is set, and what it computes in each step, then in one."""

    layer: bool
    what: str
    settings: str
    steps: tuple[tuple[str, ...], ...]
    lines: tuple[str, ...]


class Spec(NamedTuple):
    """Equations and numbers, in the order of the file, with names in their plain form.

    `per_example` are the quantities that hold one example per column inside; they are shown
    with one example per row. `output` is the quantity that is differentiated; `assumed` says
    that nobody named it and it is only the last equation. `training` is what it says of that, `first` makes it of the
    first examples of its batch alone, `anew` with other numbers of what is given. Of those with `conventions` for rows,
    equations `in_rows` are written so. `definitions` are functions that its equations use, `families` names that stand
    for several quantities, `sections` the layers that it was said in.
    """

    source: str
    name: str
    statements: dict[str, Statement]
    given: dict[str, Given]
    inputs: tuple[str, ...]
    targets: tuple[str, ...]
    parameters: tuple[str, ...]
    output: str | None
    per_example: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    document: Document | None = None
    assumed: bool = False
    training: Training = Training()
    first: Callable[[int], Spec] | None = None
    anew: Callable[[Mapping[str, Given]], Spec] | None = None
    conventions: Conventions = Conventions()
    in_rows: bool = False
    definitions: Mapping[Head, Statement] = MappingProxyType({})
    families: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    sections: tuple[Section, ...] = ()

    def where(self, path: Path, start: int = 0, width: int | None = None) -> Where:
        """Return the place of a key path's value, or of `width` characters of it from `start` if it is a string."""
        if self.document is None:
            return Where(self.source, None, None, path_text(path) or None)
        return self.document.where(path, start, width)


def transposed(given: Given) -> Given:
    """Return numbers that were typed one example per row as a batch, and the other way round."""
    return Given(blocks.transposed(given.rows), given.dims, not given.batch, given.path)
