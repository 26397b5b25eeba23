"""From a calculation to the text a command prints: which form, which digits, which renderer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple

from nncalc.cli.streams import printed, remark
from nncalc.graph.elements import Elements, bases
from nncalc.graph.shapes import SCALAR
from nncalc.language.formula import Name, length, name
from nncalc.language.printer import ASCII
from nncalc.numbers.rounding import MOST, Numbers
from nncalc.numbers.run import ScalarMachine
from nncalc.page import Page
from nncalc.problems import Problem, nearest, one_of
from nncalc.render import FORMATS
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.remarks import about, remarks
from nncalc.sheet.worksheet import READ, Display, Form, results, streamed, worksheet

if TYPE_CHECKING:
    from nncalc.render.paper import Paper

FORMS = ("scalar", "vector", "both")
MATRICES = ("tall", "inline")
#: Scalar lines that are printed without being asked for.
MANY_LINES = 400
#: How many digits tell every single float.
SINGLE_DIGITS = 9
#: How many names, numbers and signs they have at most.
MANY_SIGNS = 50_000


def check_matrices(matrices: str | None, form: str) -> None:
    """Raise Problem (`usage`) for a way to write matrices that there is not, or that the form does not have."""
    if matrices is not None:
        one_of("--matrices", matrices, MATRICES)
        if form != "table":
            option = "--get" if form == "value" else f"--format {form}"
            raise Problem("--matrices is for tables", None, f"leave it out, or {option}", "usage")


class Wish(NamedTuple):
    """What the options of a command ask for."""

    steps: bool = False
    form: str | None = None
    exact: bool = False
    precision: int | None = None
    ascii_only: bool = False
    format: str = "table"
    get: Sequence[str] | None = None
    file: bool = False
    full: bool = False
    matrices: str | None = None
    example: int | None = None
    paper: Paper | None = None

    @property
    def display(self) -> Display:
        """How numbers are shown; what programs read is never cut."""
        bounded = not self.full and self.format not in ("json", "csv")
        most = READ if bounded and self.format != "plain" else None
        return Display(self.precision, self.exact, bounded=bounded, most=most, example=self.example)

    @property
    def lines(self) -> bool:
        """Whether anybody reads lines, or what is said of them."""
        return self.get is None and (self.steps or self.format == "json")

    def single(self, wanted: bool) -> bool:
        """Return whether single floats are `wanted`; raise Problem (`usage`) where lines or rationals are asked for."""
        if wanted and (self.steps or self.exact or self.format == "json"):
            raise Problem(
                "--float32 goes with values alone", None, "leave out --show-steps, --exact and --format json", "usage"
            )
        return wanted

    def laid(self, page: Page) -> Page:
        """Return a page laid out as it is wished for."""
        return page._replace(inline=self.matrices == "inline", full=self.full)

    def checked(self) -> Wish:
        """Return self, entry by entry where an example is shown; raise Problem (`usage`) for what is not allowed."""
        one_of("--format", self.format, FORMATS)
        check_matrices(self.matrices, "value" if self.get is not None else self.format)
        if self.form is not None:
            one_of("--form", self.form, FORMS)
        if self.example is not None and (not self.steps or self.form not in (None, "scalar")):
            raise Problem("--example shows lines entry by entry", None, "add --show-steps, leave out --form", "usage")
        if self.example is not None and (self.get is not None or self.format in ("json", "csv")):
            raise Problem(
                "--example is for a page that is read", None, "leave out --get, --format json or csv", "usage"
            )
        return self if self.example is None else self._replace(form="scalar")


def display_of(found: Calculation, wish: Wish) -> Display:
    """Return how numbers are shown: steps that were rounded as they are, unless somebody says otherwise."""
    display = wish.display
    rounded = found.model.conventions.rounding is not None
    return display._replace(digits=MOST) if rounded and wish.precision is None else display


def present(command: Literal["forward", "backward"], found: Calculation, wish: Wish) -> Iterable[str]:
    """Return what `command` prints of a calculation, in pieces."""
    if wish.get is not None:
        return [value_of(found, wish, each) for each in wish.get]
    if wish.example is not None:
        _check_example(found, wish.example)
    pages = [wish.laid(page) for page in _pages(command, found, wish)]
    return printed(pages, wish.format, ascii_only=wish.ascii_only, file=wish.file, paper=wish.paper)


def _check_example(found: Calculation, example: int) -> None:
    """Raise Problem (`usage`) where there is no such example."""
    count = found.model.examples()
    if example > count:
        what = f"there are {count} examples" if count else "there is no batch"
        raise Problem(f"--example {example}: {what}", None, f"choose one from 1 to {count}" if count else None, "usage")


def _pages(command: Literal["forward", "backward"], found: Calculation, wish: Wish) -> list[Page]:
    """Return a page for each form that was asked for; for JSON one that has them all, and the data."""
    display = display_of(found, wish)
    json = wish.format == "json"
    wanted = forms(found, wish) if wish.steps else []
    if wish.format == "csv" and len(wanted) > 1:
        raise Problem("csv is one table", None, "choose --form scalar or --form vector", "usage")
    sheet = streamed if json or wish.format == "csv" else worksheet
    pages = [sheet(found, form, display, given=not json) for form in wanted]
    if not wanted:
        pages = [results(found, [] if json else answers(command, found), display)]
    if not json:
        return pages
    from nncalc.sheet.data import data

    facts = data(command, found, (*pages[0].notes, *remarks(found)), exact=wish.exact, steps=wish.steps)
    return [pages[0]._replace(stream=lambda: chain.from_iterable(page.rows() for page in pages), data=facts)]


def forms(found: Calculation, wish: Wish) -> list[Form]:
    """Return the forms to print; where none was asked for, the scalar form unless it is long."""
    if all(found.shapes.of(of) == SCALAR for of in found.model.graph.names):
        return ["scalar"]
    if wish.form is None and found.model.per_example:
        remark("printed in vector form, as it is a batch; --example 1 shows its first in full, --form scalar all")
        return ["vector"]
    if wish.form is None:
        machine = found.machine
        if isinstance(machine, ScalarMachine) and len(machine.scalars) <= MANY_LINES:
            signs = sum(length(equation.formula) for equation in machine.scalars)
            if signs <= MANY_SIGNS:
                return ["scalar"]
            remark("printed in vector form, as the scalar lines are long; --form scalar prints them")
            return ["vector"]
        remark("printed in vector form, as there are many entries; --form scalar prints them one by one")
        return ["vector"]
    return ["scalar", "vector"] if wish.form == "both" else ["scalar" if wish.form == "scalar" else "vector"]


def answers(command: str, found: Calculation) -> list[Name]:
    """Return what a command prints without steps: every quantity going forward, the output and the gradients back."""
    if command == "forward" or found.output is None:
        return [equation.name for equation in found.forward.equations]
    stated = [of for of in found.model.stated if of is not found.output]
    return [*stated, found.output, *(name(of.base, of.index, of=found.output) for of in found.wrt)]


def value_of(found: Calculation, wish: Wish, text: str) -> str:
    """Return the value of the quantity, entry or derivative that a text names, alone on a line."""
    from nncalc.sheet.data import shaped

    wanted = found.model.named(text)
    known = [*found.model.graph.names, *(equation.name for equation in found.backward.equations)]
    whole = next((of for of in known if of.base == wanted.base and of.of is wanted.of), None)
    if whole is None:
        texts = [of.id for of in known]
        meant = nearest(wanted.id, texts)
        raise Problem(
            f"nothing is called `{wanted.id}` here", None,
            f"did you mean `{meant}`?" if meant else "known are " + ", ".join(f"`{t}`" for t in texts[:12]), "name",
        )  # fmt: skip
    if whole in found.missing:
        raise found.missing[whole]
    machine = found.machine
    rows = machine.rows(whole)
    exacts = machine.exact_rows(whole) if isinstance(machine, ScalarMachine) else None
    if wanted.index:
        place = Elements(found.shapes, bases(found.forward)).place(wanted)
        rows, exacts = [[rows[place[0]][place[1]]]], [[exacts[place[0]][place[1]]]] if exacts else None
    from nncalc.render.columns import note

    for of, said in about(found, whole):
        remark(f"{of.id}: {note(said, ASCII)}")
    shown = Numbers(rows, exacts).shown(wish.precision or MOST, fractions=wish.exact)
    texts_of = [[entry.text for entry in row] for row in shown]
    if wanted.index:
        return texts_of[0][0] + "\n"
    return _listed(shaped(found.model, whole, texts_of, str)) + "\n"


def _listed(found: object) -> str:
    """Return texts of numbers as a list in brackets, without quotes."""
    if isinstance(found, list):
        return "[" + ", ".join(_listed(entry) for entry in found) + "]"
    return str(found)
