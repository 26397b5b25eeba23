"""The lines of a derivation as rows of a page; what is long and used again gets a name. Knows formulas, not looks."""

from __future__ import annotations

from nncalc.deriving.derivation import Derivation
from nncalc.deriving.given_names import with_names
from nncalc.deriving.laws import Law
from nncalc.deriving.naming import rule_letters
from nncalc.graph.sizes import Shape
from nncalc.language.formula import Formula, Name, replace
from nncalc.page import Note, Row, Side

NAMED, WRITTEN_OUT = "named, as it is used again", "written out"
IN_MATRICES = "the sum in matrices"


def rows(found: Derivation) -> tuple[Row, ...]:
    """Return the lines of a derivation; what is long and used again has a name, given where it is first used.

    The letters of the rules beside them are none of the problem's.
    """
    steps, names = with_names(found)
    result: list[Row] = []
    left = steps[0].left
    for place, step in enumerate(steps):
        fresh = [row_of(each.name, each.formula, each.shape, NAMED) for each in names if each.place == place]
        result += fresh
        left = step.left or left
        written = found.setting.sums.get(step.right) if isinstance(step.left, Name) else None
        if written is not None:
            result += [row_of(step.left, written, step.shape), row_of(None, step.right, step.shape, IN_MATRICES)]
            continue
        row = row_of(left if fresh else step.left, step.right, step.shape, step.why)
        result.append(row._replace(laws=step.laws))
    if names and steps[-1].right is not found.derivative:
        result.append(row_of(None, found.derivative, found.shape, WRITTEN_OUT))
    return _with_rules(found, result)


def _with_rules(found: Derivation, lines: list[Row]) -> tuple[Row, ...]:
    """Return the lines with the rules beside them in letters that nothing in the lines has."""
    setting = found.setting
    said = [each for row in lines for each in (row.name, *(side.whole for side in row.sides))]
    taken = [each for each in said if each is not None and not isinstance(each, tuple)]
    laws = [law for row in lines for law in row.laws]
    new = rule_letters([side for law in laws for side in law], [*taken, *setting.taken], setting.shapes.letters)
    done: dict[Formula, Formula] = {}
    return tuple(
        row._replace(laws=tuple(Law(*(replace(side, new, done) for side in law)) for law in row.laws)) for row in lines
    )


def row_of(
    left: Formula | None, right: Formula, shape: Shape | None = None, why: str | Note = "", *, exact: bool = True
) -> Row:
    """Return a line with one side."""
    said = (why,) if isinstance(why, str) and why else tuple(why)
    return Row(left, (Side(right, exact),), shape, said)
