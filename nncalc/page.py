"""What a person reads, as facts: sections of rows, a row being a quantity and what it equals.

Knows formulas and shapes; neither who makes a page nor how it looks. Commands make one, output forms take it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from nncalc.graph.sizes import Shape
from nncalc.language.formula import Call, Formula, Name, Num, name

if TYPE_CHECKING:
    from nncalc.graph.graph import Equation
    from nncalc.graph.shapes import Shapes
    from nncalc.language.wording import Filled


def left_out(lines: int) -> str:
    """Return what is said of lines that are not shown."""
    return f"{lines:,} lines are left out; --full shows all"


#: What is said where a quantity has more entries than are shown.
CUT = "quantities of many entries are cut in the middle; --full shows all"
#: What is said where a matrix is wider than the page.
NARROW = "matrices wider than the page are cut in the middle; --full shows all"


class Ratio(NamedTuple):
    """The derivative of one formula by another, each a quantity or its entries column under column."""

    of: Formula
    by: Formula


#: Words, formulas and shapes in turn, so that each alphabet spells them its own way.
Note: TypeAlias = "tuple[str | Formula | Shape | Ratio, ...]"
#: What a side is: the chain rule in symbols, what a person writes where another is computed, a formula, that with
#: its numbers, a value; nothing where it stands alone.
Role: TypeAlias = Literal["chain", "plain", "formula", "substituted", "value", ""]


class Side(NamedTuple):
    """What a quantity equals, a formula or a product; `equal` unless rounding lies between it and the side before.

    Of a line for programs, which do not ask that, it may be a formula by its wording. What is `taken` is what the
    quantity becomes from here on.
    """

    formula: Formula | Filled | tuple[Ratio, ...]
    equal: bool = True
    role: Role = ""
    taken: bool = False

    @property
    def whole(self) -> Formula | tuple[Ratio, ...]:
        """The formula, or the product, in which there are parts to look at."""
        if isinstance(self.formula, Num | Name | Call | tuple):
            return self.formula
        return self.formula.formula


class Row(NamedTuple):
    """A quantity and what it equals, with its shape, why that holds, the rules it uses, and what else is said.

    `name` None goes on from the row above. `reuses` are quantities of earlier rows that are worth a word, `updates`
    the parameter that a gradient updates. `holds` says whether the equality is true, where that is the question.
    `facts` are for programs; a row that has them is a step.
    """

    name: Formula | Ratio | None
    sides: tuple[Side, ...] = ()
    shape: Shape | None = None
    why: Note = ()
    laws: tuple[tuple[Formula, Formula], ...] = ()
    remarks: tuple[Note, ...] = ()
    reuses: tuple[Name, ...] = ()
    updates: Name | None = None
    holds: bool | None = None
    facts: Mapping[str, Any] | None = None


class Plot(NamedTuple):
    """A curve: points from left to right, None where there is no value, and what goes across."""

    points: tuple[tuple[float, float | None], ...]
    across: str


class Section(NamedTuple):
    """A heading, rows, what is said of them, and a curve."""

    heading: str
    rows: tuple[Row, ...]
    notes: tuple[Note, ...] = ()
    plot: Plot | None = None


class Function(NamedTuple):
    """A formula that can be computed: `what` it is in words, its shape and its layout, and the shapes of its parts.

    `before` are the equations of names in it, each from earlier ones. `word` is what it is called, `others` are more
    such formulas, `said` is what is worth a word beside it.
    """

    what: str
    formula: Formula
    shape: Shape
    layout: str
    arguments: tuple[Name, ...]
    shapes: Shapes
    before: tuple[Equation, ...] = ()
    word: str = "derivative"
    others: tuple[Formula, ...] = ()
    said: tuple[str, ...] = ()


class Page(NamedTuple):
    """What is said first, the sections, what is said last, and the notes on conventions.

    How its formulas are spelled: `dot`, `whole`, `arrays`, `trimmed`, `numbers` and `frobenius` are those of a
    printer's style. `sized` says whether shapes are worth a word. For programs: `columns` names the facts of a row in
    a table, `steps` those of a step; `data` is what the command knows beside its rows, as plain values, without which
    they get what is said here; None in it under `steps` or `notes` keeps the place of what the page says. A `stream`
    makes rows as they are read, in place of sections. With `inline` matrices stand in one line, with `full` nothing
    is cut to fit.
    """

    sections: tuple[Section, ...]
    title: str = ""
    before: tuple[Note, ...] = ()
    after: tuple[Note, ...] = ()
    notes: tuple[str, ...] = ()
    dot: bool = False
    whole: frozenset[str] = frozenset()
    arrays: frozenset[str] = frozenset()
    trimmed: frozenset[str] = frozenset()
    numbers: frozenset[Formula] = frozenset()
    frobenius: frozenset[Formula] = frozenset()
    sized: bool = True
    columns: tuple[str, ...] = ("section", "name", "formula", "shape", "why", "note")
    steps: tuple[str, ...] = ()
    data: Mapping[str, Any] | None = None
    function: Function | None = None
    stream: Callable[[], Iterator[tuple[str, Row]]] | None = None
    inline: bool = False
    full: bool = False

    def conventions(self) -> Iterator[Note]:
        """Yield the notes on conventions, the names of quantities in them as formulas."""
        for text in self.notes:
            words = text.split("`")
            yield tuple(
                part if place % 2 == 0 else name(part) if part in self.whole else f"`{part}`"
                for place, part in enumerate(words)
                if part
            )

    def rows(self) -> Iterator[tuple[str, Row]]:
        """Yield every row with the heading of its section."""
        if self.stream is not None:
            yield from self.stream()
        for section in self.sections:
            for row in section.rows:
                yield section.heading, row
