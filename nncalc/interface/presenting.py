"""From a calculation to the pages that show it: which form, which digits, what is said for programs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from nncalc.graph.shapes import SCALAR
from nncalc.language.formula import Name, length, name
from nncalc.numbers.rounding import MOST, Numbers
from nncalc.numbers.run import ScalarMachine
from nncalc.page import Page
from nncalc.problems import Problem, nearest, one_of
from nncalc.render import FORMATS
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.remarks import remarks
from nncalc.sheet.worksheet import READ, Display, Form, results, streamed, worksheet

if TYPE_CHECKING:
    from nncalc.render.paper import Paper

Command: TypeAlias = Literal["forward", "backward"]
FORMS = ("scalar", "vector", "both")
MATRICES = ("tall", "inline")
#: The forms of a file that may hold a value alone.
VALUES = ("table", "plain", "json", "csv")
#: Scalar lines that are printed without being asked for.
MANY_LINES = 400
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
    """What is asked for of a calculation: which lines, how numbers are shown, in which output form."""

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
        if self.precision is not None and self.precision not in range(1, MOST + 1):
            raise Problem(f"--precision is a whole number from 1 to {MOST}, not {self.precision}", None, None, "usage")
        self._check_values()
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

    def _check_values(self) -> None:
        """Raise Problem (`usage`) for values alone in a file whose form cannot have them."""
        if self.get is None or not self.file:
            return
        if self.format not in VALUES:
            hint = "name a file that ends in .txt, .csv or .json, or leave out --get"
            raise Problem(f"--get writes numbers alone, which are no {self.format}", None, hint, "usage")
        if len(self.get) > 1 and self.format in ("json", "csv"):
            hint = "name a file that ends in .txt, or ask for one"
            raise Problem(f"--get asks for several values, of which {self.format} holds one", None, hint, "usage")


def display_of(found: Calculation, wish: Wish) -> Display:
    """Return how numbers are shown: steps that were rounded as they are, unless somebody says otherwise."""
    display = wish.display
    rounded = found.model.conventions.rounding is not None
    return display._replace(digits=MOST) if rounded and wish.precision is None else display


def pages(command: Command, found: Calculation, wish: Wish, forms: Sequence[Form]) -> list[Page]:
    """Return the pages of a calculation, one for each form; for JSON one that has them all, and the data."""
    if wish.example is not None:
        _check_example(found, wish.example)
    return [wish.laid(page) for page in _pages(command, found, wish, forms if wish.steps else ())]


def _check_example(found: Calculation, example: int) -> None:
    """Raise Problem (`usage`) where there is no such example."""
    count = found.model.examples()
    if example > count:
        what = f"there are {count} examples" if count else "there is no batch"
        raise Problem(f"--example {example}: {what}", None, f"choose one from 1 to {count}" if count else None, "usage")


def _pages(command: Command, found: Calculation, wish: Wish, forms: Sequence[Form]) -> list[Page]:
    display = display_of(found, wish)
    json = wish.format == "json"
    if wish.format == "csv" and len(forms) > 1:
        raise Problem("csv is one table", None, "choose --form scalar or --form vector", "usage")
    sheet = streamed if json or wish.format == "csv" else worksheet
    pages = [sheet(found, form, display, given=not json) for form in forms]
    if not forms:
        pages = [results(found, [] if json else answers(command, found), display)]
    if not json:
        return pages
    from nncalc.sheet.data import data

    facts = data(command, found, (*pages[0].notes, *remarks(found)), exact=wish.exact, steps=wish.steps)
    return [pages[0]._replace(stream=lambda: chain.from_iterable(page.rows() for page in pages), data=facts)]


def forms_of(found: Calculation, form: str | None) -> tuple[list[Form], str]:
    """Return the forms that are shown, and why not the scalar one where nobody chose."""
    if all(found.shapes.of(of) == SCALAR for of in found.model.graph.names):
        return ["scalar"], ""
    if form == "both":
        return ["scalar", "vector"], ""
    if form is not None:
        return ["scalar" if form == "scalar" else "vector"], ""
    if found.model.per_example and not found.entries:
        return ["vector"], "as it is a batch; --example 1 shows its first in full, --form scalar all"
    machine = found.machine
    if not isinstance(machine, ScalarMachine) or len(machine.scalars) > MANY_LINES:
        return ["vector"], "as there are many entries; --form scalar prints them one by one"
    if sum(length(equation.formula) for equation in machine.scalars) > MANY_SIGNS:
        return ["vector"], "as the scalar lines are long; --form scalar prints them"
    return ["scalar"], ""


def answers(command: str, found: Calculation) -> list[Name]:
    """Return what a command prints without steps: every quantity going forward, the output and the gradients back."""
    if command == "forward" or found.output is None:
        return [equation.name for equation in found.forward.equations]
    stated = [of for of in found.model.stated if of is not found.output]
    return [*stated, found.output, *(name(of.base, of.index, of=found.output) for of in found.entries or found.wrt)]


class Looked(NamedTuple):
    """What a name was looked up to be: the quantity or gradient as a whole, what of it is meant, and its numbers."""

    whole: Name
    of: Name
    numbers: Numbers

    @property
    def entry(self) -> bool:
        """Whether one entry is meant."""
        return bool(self.of.index)


def looked_up(found: Calculation, text: str) -> Looked:
    """Return the quantity, entry or derivative that a text names; raise Problem (`name`) where there is none."""
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
    return Looked(whole, wanted, found.numbers(wanted))
