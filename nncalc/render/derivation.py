"""A derivation as text: what the forms for people share. Each form is a file of its own, named in `FORMS`."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from nncalc.derive.derivation import Law
from nncalc.derive.page import Note, Page, Row, page
from nncalc.derive.result import Result
from nncalc.graph.shapes import Shapes
from nncalc.graph.sizes import SCALAR
from nncalc.language.formula import Formula, is_call, names_in, parts
from nncalc.language.printer import Style, show
from nncalc.problems import safe
from nncalc.render import columns

if TYPE_CHECKING:
    from nncalc.derive.numbers import AtNumbers

FORMS = {
    "table": "nncalc.render.derivation_table", "plain": "nncalc.render.derivation_plain",
    "markdown": "nncalc.render.derivation_markdown", "latex": "nncalc.render.derivation_latex",
    "csv": "nncalc.render.derivation_csv", "json": "nncalc.render.derivation_json",
    "numpy": "nncalc.render.derivation_numpy",
}  # fmt: skip


def render(result: Result, numbers: AtNumbers | None, form: str, *, ascii_only: bool, terminal: bool = False) -> str:
    """Return a derivation in one of `FORMS`; a table for a `terminal` is as wide as it is, and in colour."""
    module = import_module(FORMS[form])
    found: str
    if form == "table" and terminal:
        lines = module.lines(result, numbers, columns.room(), ascii_only=ascii_only)
        found = import_module("nncalc.render.terminal").coloured(lines)
    else:
        found = module.render(result, numbers, ascii_only=ascii_only)
    return found


class Texts(NamedTuple):
    """The cells of a line: what it is about, what that equals with the sign before it, its shape, why it holds."""

    left: str
    right: str
    shape: str
    why: str


class Speller(NamedTuple):
    """Spells lines and notes in one style."""

    style: Style

    def texts(self, row: Row) -> Texts:
        left = show(row.left, self.style) if row.left is not None else ""
        right = f"{columns.sign(self.style, equal=row.exact)} {show(row.right, self.style)}"
        shape = columns.sized(row.shape, self.style) if row.shape is not None else ""
        why = [columns.words(row.why, self.style)] if row.why else []
        return Texts(left, right, shape, "; ".join([*why, *map(self.law, row.laws)]))

    def law(self, law: Law) -> str:
        letters = frozenset(n.base for formula in law for n in names_in(formula))
        own = self.style._replace(whole=letters)
        return f"{show(law.left, own)} = {show(law.right, own)}"

    def note(self, note: Note) -> str:
        """Return the words of a note with its formulas."""
        return "".join(
            columns.words(safe(each), self.style) if isinstance(each, str)
            else columns.sized(each, self.style) if isinstance(each, tuple)
            else show(each, self.style)
            for each in note
        )  # fmt: skip


def spelled(
    result: Result, numbers: AtNumbers | None, *, ascii_only: bool, latex: bool = False
) -> tuple[Page, Speller]:
    """Return the page of a result and who spells it."""
    found = page(result, numbers)
    rows = [row for section in found.sections for row in section.rows]
    formulas = [each for row in rows for each in (row.left, row.right) if each is not None]
    names = frozenset(n.base for formula in formulas for n in names_in(formula)) | {result.derivation.setting.of.base}
    numbered = _products(formulas, result.derivation.setting.shapes)
    return found, Speller(Style(paper=not ascii_only, dot=False, whole=names, latex=latex, numbers=numbered))


def _products(formulas: list[Formula], shapes: Shapes) -> frozenset[Formula]:
    """Return the products of matrices that are numbers: in a product they are read more easily in brackets."""
    found: set[Formula] = set()
    for formula in formulas:
        for part in parts(formula):
            if is_call(part, "mul") and all(arg in shapes.known for arg in part.args):
                one, other = map(shapes.of, part.args)
                if shapes.of(part) == SCALAR and SCALAR not in {one, other}:
                    found.add(part)
    return frozenset(found)
