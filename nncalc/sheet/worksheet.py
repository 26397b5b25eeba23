"""Worksheets: the lines of a worked calculation, as facts. How they look is the renderer's business.

A line's formula, the formula with its numbers and its value come from one formula; here
the numbers to show are chosen so that a line, computed again from what is shown, gives
the value shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, TypeVar

from nncalc.graph.arrangements import numbers as counts
from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Equation, Graph, only
from nncalc.graph.shapes import SCALAR, matrix_norms, with_entries
from nncalc.language.figures import Rows
from nncalc.language.formula import (
    Call,
    Formula,
    Name,
    call,
    forgetting,
    is_call,
    length,
    name,
    names_in,
    parts,
    replace,
    total,
)
from nncalc.language.hats import hats_in, trimmed_in
from nncalc.numbers.rounding import LEAST, MOST, WHOLE, Known, Numbers, Shown, exactly, floats, literals
from nncalc.numbers.rounding import shown as number_shown
from nncalc.page import CUT, Note, Page, Row, Section, Side, left_out
from nncalc.problems import Problem
from nncalc.progress import told
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.copying import WORDS, arranged, compared
from nncalc.sheet.grouping import examples_of, grouped
from nncalc.sheet.remarks import line_notes, of_value, stated, which
from nncalc.sheet.sources import Source, scalar_source, vector_source, wanted_of

if TYPE_CHECKING:
    from nncalc.sheet.alike import LinesAlike

T = TypeVar("T")
Form: TypeAlias = Literal["scalar", "vector"]
#: To how many digits operands are shown where those of a float do not give a line's value.
BEYOND = (17, 20, 25, 30, 40)
#: Up to what exponent a number is computed with as a rational.
FAR = 5_000
#: How many terms the chain rule is written out for.
MOST_TERMS = 6
#: How many names, numbers and signs the lines of a worksheet have at most.
MOST_SIGNS = 2_000_000
#: How many lines a bounded worksheet has at most, and entries of quantities.
MOST_LINES, MOST_ENTRIES = 4_000, 40_000
#: How many rows or columns of a quantity are read, and where there are more entries than `MOST_ENTRIES` in all.
READ, FEW = 16, 8
#: A formula of so few distinct parts is no long one.
_FEW = 40

HEADINGS = {"given": "Given", "forward": "Forward", "backward": "Backward"}
#: What a table for programs says of a line, and what a step.
COLUMNS = ("pass", "name", "formula", "substituted", "value", "shape", "rule", "note")
STEP = (
    "id", "name", "form", "pass", "rule", "formula", "substituted", "value", "exact", "shape", "uses", "reuses",
    "updates", "note",
)  # fmt: skip


class Display(NamedTuple):
    """How numbers are shown: to `digits` significant digits, operands to as many as a line needs; or as fractions.

    A `bounded` page has no more than some thousand lines. A quantity of more than `most` rows or columns is cut in its
    middle. Of a batch the lines of one `example` alone may be asked for, and those of all.
    """

    digits: int | None = None
    fractions: bool = False
    bounded: bool = False
    most: int | None = None
    example: int | None = None

    @property
    def least(self) -> int:
        """How many digits are shown at least."""
        return self.digits or LEAST

    def shown(self, numbers: Numbers, digits: int | None = None) -> list[list[Shown]]:
        """Return a quantity's entries as they are shown, or to so many digits more."""
        whole = WHOLE if self.digits is None else digits or self.digits
        if self.most is not None:
            return numbers.cut(self.most, digits or self.least, fractions=self.fractions, whole=whole)
        return numbers.shown(digits or self.least, fractions=self.fractions, whole=whole)

    def one(self, number: Known, digits: int) -> Shown:
        """Return one number as it is shown to so many digits."""
        whole = WHOLE if self.digits is None else digits
        return number_shown(number, digits, whole, fractions=self.fractions)

    def cuts(self, *quantities: Numbers) -> bool:
        """Return whether not every entry of some quantities is shown."""
        return self.most is not None and any(numbers.ends(self.most) is not None for numbers in quantities)

    def over(self, source: Source, names: Iterable[Name]) -> Display:
        """Return self, showing less of each quantity where these have more entries together than can be read.

        A name counts as often as it is there. Where none would be cut, all is shown.
        """
        if not self.bounded:
            return self
        sizes = [counts(source.shape(of)) for of in names]
        most = FEW if sum(rows * columns for rows, columns in sizes) > MOST_ENTRIES else self.most
        return self._replace(most=most if most and any(max(size) > most for size in sizes) else None)


PLAIN = Display()


def worksheet(calculation: Calculation, form: Form, display: Display = PLAIN, *, given: bool = True) -> Page:
    """Return the worksheet of `calculation` in scalar or vector form."""
    sheet = _sheet(calculation, form, display)
    groups = dict(zip((each.name for each in sheet.equations), sheet.headings, strict=True))
    rows = [
        (place, row, groups.get(row.name, "") if isinstance(row.name, Name) else "")
        for place, row in _rows(calculation, sheet, form, given=given)
    ]
    return _explained(_page(calculation, rows, form, sheet.notes), calculation, sheet)


def streamed(calculation: Calculation, form: Form, display: Display = PLAIN, *, given: bool = True) -> Page:
    """Return the same worksheet for programs, without groups, its rows made as they are read, and forgotten again.

    Programs read neither the chain rule in symbols nor the signs between sides: lines that are alike do without.
    """
    sheet = _sheet(calculation, form, display, together=True)
    known = sheet.source.known
    if known is not None:
        from nncalc.sheet.alike import LinesAlike  # what a table never needs

        sheet = sheet._replace(alike=LinesAlike(lambda of, digits: display.one(known(of), digits), display.least))

    def rows() -> Iterator[tuple[str, Row]]:
        for place, row in _rows(calculation, sheet, form, given=given, forget=True):
            yield HEADINGS[place], row

    page = _page(calculation, [], form, sheet.notes)._replace(stream=rows)
    return _explained(page, calculation, sheet)


def _explained(page: Page, calculation: Calculation, sheet: _Sheet) -> Page:
    """Return a page that says under what is given what the hats mean, and where the examples of a batch are."""
    formulas = [each.formula for each in sheet.equations if isinstance(each.formula, Call)]
    said = (*_said_of_batch(calculation, sheet.source), *hats_in(formulas))
    first, *others = page.sections or (Section("", ()),)
    sections = (first._replace(notes=said), *others) if page.sections else ()
    return page._replace(sections=sections, trimmed=trimmed_in(formulas))


def _said_of_batch(calculation: Calculation, source: Source) -> tuple[Note, ...]:
    """Return where the examples of a batch are: in the columns or rows of a quantity, in an index of an entry."""
    model = calculation.model
    batch = [of for of in model.graph.names if of in model.per_example and calculation.shapes.of(of) != SCALAR]
    lie, index = ("row", "first") if model.conventions.rows else ("column", "last")
    count = max((counts(calculation.shapes.of(of))[lie == "column"] for of in batch), default=1)
    if count == 1:
        return ()
    last = source.entries(batch[0])[-1]
    if not last.index:
        listed = [each for of in batch for each in (", ", of)][1:]
        return ((*listed, f": a {lie} for each example"),)
    return ((last, f" belongs to example {count}: the {index} index counts the examples"),)


class _Sheet(NamedTuple):
    """What a worksheet is made from: its source, its equations, how numbers are shown, what is said of what is not.

    `headings` say of each equation what it is grouped under. `alike` makes the lines of a scalar one that many are
    like.
    """

    source: Source
    equations: tuple[Equation, ...]
    headings: tuple[str, ...]
    used: frozenset[Name]
    display: Display
    notes: tuple[str, ...]
    alike: LinesAlike | None = None


def _sheet(calculation: Calculation, form: Form, display: Display, *, together: bool = False) -> _Sheet:
    """Return the equations that lead to what is asked for; raise Problem (`usage`) where nobody could read them."""
    source: Source = scalar_source(calculation) if form == "scalar" else vector_source(calculation)
    wanted = wanted_of(calculation)
    asked = [entry for of in wanted for entry in source.entries(of)]
    if form == "scalar" and calculation.entries and calculation.output:
        slopes = [gradient_of(entry, calculation.output) for entry in calculation.entries]
        asked = [calculation.output, *(e for of in slopes for e in ([of] if of.index else source.entries(of)))]
    kept = only(source.graph, asked)
    display = display.over(source, (of for each in kept.equations for of in (each.name, *each.uses)))
    seed = [name(calculation.output.base, of=calculation.output)] if calculation.output else []
    equations = [each for each in kept.equations if each.name not in seed or each.name in wanted]
    examples = examples_of(calculation, source) if form == "scalar" else {}
    if display.example is not None:
        equations = [each for each in equations if _is_of(each, display.example, examples)]
    groups = [("", each) for each in equations]
    if form == "scalar" and not together:
        groups = grouped(calculation, equations, examples)
    said, left = _few(groups, display)
    equations = [each for _, each in said]
    _readable(Graph(kept.leaves, tuple(equations)))
    used = frozenset(n for equation in kept.equations for n in equation.uses)
    notes = (*([CUT] if display.most else []), *([left_out(left)] if left else []))
    return _Sheet(source, tuple(equations), tuple([words for words, _ in said]), used, display, notes)


def _is_of(equation: Equation, example: int, examples: Mapping[Name, int]) -> bool:
    """Return whether an equation is about an example, or about all."""
    return examples.get(name(equation.name.base, equation.name.index), example) == example


def _rows(
    calculation: Calculation, sheet: _Sheet, form: Form, *, given: bool, forget: bool = False
) -> Iterator[tuple[str, Row]]:
    """Yield the rows of a worksheet, each with its pass; with `forget`, one that was read leaves nothing behind."""
    source, display = sheet.source, sheet.display
    if given:
        whole = vector_source(calculation) if calculation.model.computed else source
        for leaf in calculation.model.graph.leaves:
            if any(entry in sheet.used for entry in source.entries(leaf)) or leaf in calculation.wrt:
                yield "given", _given(calculation, leaf, display, whole)
    computed: set[Name] = set()
    for equation in told(sheet.equations, "writing"):
        with forgetting() if forget else nullcontext():
            yield _pass(equation.name), _line(calculation, sheet, equation, computed, form)
        if equation.rules != ("intercept",):
            computed.add(equation.name)


def _few(equations: Sequence[T], display: Display) -> tuple[tuple[T, ...], int]:
    """Return those of the equations that are shown, the first and the last, and how many are left out."""
    if not display.bounded or len(equations) <= MOST_LINES:
        return tuple(equations), 0
    half = MOST_LINES // 2
    return (*equations[:half], *equations[-half:]), len(equations) - MOST_LINES


def _readable(graph: Graph) -> None:
    """Raise Problem (`usage`) for equations that nobody could read: what their parts share is written out each time."""
    formulas = [equation.formula for equation in graph.equations]
    signs = sum(length(formula) for formula in formulas if len(parts(formula)) > _FEW)
    if signs > MOST_SIGNS:
        raise Problem(
            f"the lines would have {signs:,} names, numbers and signs, at most {MOST_SIGNS:,} are printed", None,
            "give a name to parts of the formula, each in an -e, or leave out --no-split or --form scalar", "usage",
        )  # fmt: skip


def results(calculation: Calculation, names: Iterable[Name], display: Display = PLAIN) -> Page:
    """Return the values alone of some quantities and gradients, a row each."""
    source = vector_source(calculation)
    rows: list[tuple[str, Row, str]] = []
    names = list(names)
    display = display.over(source, (of for of in names if not of.index))
    for of in told(names, "writing"):
        shown = display.shown(calculation.numbers(of) if of.index else source.numbers(of))
        said = of_value(calculation, name(of.base, of=of.of), source)
        shape = SCALAR if of.index else source.shape(of)
        row = Row(of, (_value(shown),), shape, remarks=said, updates=_updated(calculation, of))
        rows.append((_pass(of), row, ""))
    return _page(calculation, rows, "vector", [CUT] if display.most else [])


def _page(calculation: Calculation, rows: list[tuple[str, Row, str]], form: Form, more: Sequence[str] = ()) -> Page:
    """Return rows, each with its pass and its group, as a page; shapes are worth a word beside what is no number."""
    sections: dict[str, list[Row]] = {}
    for place, row, group in rows:
        sections.setdefault(": ".join(filter(None, (HEADINGS[place], group))), []).append(row)
    return Page(
        tuple(Section(heading, tuple(found)) for heading, found in sections.items()),
        calculation.model.title,
        notes=(*more, *_notes(calculation)),
        dot=form == "scalar",
        whole=frozenset(n.base for n in calculation.model.graph.names),
        arrays=with_entries(calculation.model.graph.names, calculation.shapes),
        frobenius=matrix_norms(_formulas(row for _, row, _ in rows), calculation.shapes),
        sized=form == "vector" and any(row.shape != SCALAR for _, row, _ in rows),
        columns=COLUMNS,
        steps=STEP,
    )


def _formulas(rows: Iterable[Row]) -> Iterator[Formula]:
    """Yield the formulas of rows that are not numbers put in."""
    for row in rows:
        for side in row.sides:
            if isinstance(side.formula, Name | Call):
                yield side.formula


def _pass(of: Name) -> str:
    return "backward" if of.of is not None else "forward"


def _updated(calculation: Calculation, of: Name) -> Name | None:
    """Return the parameter that a gradient updates."""
    own = name(of.base)
    return own if of.of is not None and own in calculation.model.parameters else None


def _notes(calculation: Calculation) -> tuple[str, ...]:
    model = calculation.model
    found = [f"`{of}` is given; what leads to it is left out" for of in model.starts]
    if model.stated:
        found.append(f"stated, and taken as it stands in what follows: {', '.join(f'`{of}`' for of in model.stated)}")
    return tuple(dict.fromkeys((*found, *model.notes)))


# -- one line ------------------------------------------------------------------------------------------


def _given(calculation: Calculation, leaf: Name, display: Display, source: Source) -> Row:
    computed = leaf in calculation.model.computed
    numbers = source.numbers(leaf) if computed else Numbers(calculation.model.given[leaf], None, typed=True)
    return Row(leaf, (_value(display.shown(numbers)),), calculation.shapes.of(leaf))


def further(calculation: Calculation, names: Collection[Name], form: Form, display: Display = PLAIN) -> tuple[Row, ...]:
    """Return the lines of quantities that were computed from those of the worksheet, after it."""
    if form == "vector":
        source = vector_source(calculation)
        equations = [calculation.after.by_name[of] for of in names]
    else:
        source = scalar_source(calculation)
        equations = [each for each in source.graph.equations if name(each.name.base) in names]
    sheet = _Sheet(source, (), (), frozenset(), display, ())
    return tuple([_line(calculation, sheet, equation, set(), form) for equation in equations])


def _line(calculation: Calculation, sheet: _Sheet, equation: Equation, computed: set[Name], form: Form) -> Row:
    source = sheet.source
    operands = names_in(equation.formula)
    numbers = source.numbers(equation.name)
    reused = tuple(n for n in operands if n in computed)
    shape = source.shape(equation.name)
    facts = {
        "form": form, "pass": _pass(equation.name), "rule": _rule(equation), "rows": numbers.rows,
        "exacts": numbers.exacts, "uses": [n.id for n in operands], "reuses": [n.id for n in reused],
    }  # fmt: skip
    own = stated(calculation, source, equation.name)
    differs = any(len(said) > 1 for said in own)
    return Row(
        name=equation.name,
        sides=(_value(sheet.display.shown(numbers)),) if differs else _sides(calculation, sheet, equation),
        shape=shape,
        remarks=(*own, *((said,) for said in line_notes(calculation, source, equation)), *which(source, equation)),
        reuses=reused if equation.name.of is not None else (),
        updates=_updated(calculation, equation.name),
        facts=facts if form == "vector" else {**facts, "shape": []},
    )


def _value(shown: list[list[Shown]]) -> Side:
    """Return a value as it is shown, as what a quantity equals."""
    return Side(literals(shown), all(entry.exact for row in shown for entry in row), "value")


def _rule(equation: Equation) -> str:
    formula = equation.formula
    return "+".join(equation.rules) or (formula.op if isinstance(formula, Call) else "copy")


def _sides(calculation: Calculation, sheet: _Sheet, equation: Equation) -> tuple[Side, ...]:
    """Return `chain = formula = substituted = value`, without those that say nothing.

    The chain is the chain rule in symbols. `=` stands before the numbers put in where those are shown exactly, and
    before the value where it is exactly what they come to.
    """
    made = sheet.alike.sides(equation) if sheet.alike is not None else None
    if made is not None:
        return made
    source, display = sheet.source, sheet.display
    formula, output = equation.formula, calculation.output
    operands = names_in(formula)
    value = display.shown(source.numbers(equation.name))
    cut = display.cuts(*[source.numbers(n) for n in (equation.name, *operands)])
    if cut or calculation.model.conventions.rounding is not None:
        shown = {n: display.shown(source.numbers(n)) for n in operands}
    else:
        shown = _enough(source, formula, operands, value, display)
    result = literals(value)
    filled = replace(formula, {n: literals(rows) for n, rows in shown.items()}) if operands else formula
    copied = arranged(filled)
    filled = compared(arranged(filled, WORDS) if copied is result else copied)
    sides: list[Side] = []
    chain = _chain(source, equation, output) if equation.name.of is not None and output is not None else None
    if chain is not None:
        sides.append(Side(chain, role="chain"))
    if equation.plain is not None:
        sides.append(Side(equation.plain, role="plain"))
    if formula is not result:
        sides.append(Side(formula, role="formula"))
    if filled is result or formula is result:
        return (*sides, _value(value))
    precise = all(entry.exact for rows in shown.values() for row in rows for entry in row)
    sides.append(Side(filled, precise, "substituted"))
    if cut:
        return (*sides, Side(result, precise and _is_exact(source, equation.name), "value"))
    comes_to = source.compute_exactly(formula, {n: exactly(rows) for n, rows in shown.items()})
    return (*sides, Side(result, comes_to is not None and comes_to == exactly(value), "value"))


def _is_exact(source: Source, of: Name) -> bool:
    """Return whether every entry of a quantity is known exactly, and is shown so where it is shown."""
    exacts = source.numbers(of).exacts
    return exacts is not None and all(
        known is not None and float(known) == value
        for row, line in zip(exacts, source.numbers(of).rows, strict=True)
        for known, value in zip(row, line, strict=True)
    )


def _enough(
    source: Source, formula: Formula, operands: Sequence[Name], value: list[list[Shown]], display: Display
) -> dict[Name, list[list[Shown]]]:
    """Return the operands with as many digits as it takes to compute the value shown from them."""
    if not operands:
        return {}
    target = floats(value)
    shown: dict[Name, list[list[Shown]]] = {}
    for digits in range(display.least, MOST + 1):
        shown = {n: display.shown(source.numbers(n), digits) for n in operands}
        again = source.compute(formula, {n: floats(rows) for n, rows in shown.items()})
        if again is not None and _rounds_to(again, value, target, display):
            return shown
    for digits in BEYOND:
        more = {n: source.numbers(n).beyond(digits, fractions=display.fractions) for n in operands}
        if any(_is_far(each.text) for rows in more.values() for row in rows for each in row):
            break  # as a rational it would be as long as its exponent says
        again = source.compute_truly(formula, {n: exactly(rows) for n, rows in more.items()})
        if again is not None and _rounds_to(again, value, target, display):
            return more
    return shown


def _is_far(text: str) -> bool:
    """Return whether a number is so large or so near 0 that it is long as a rational."""
    return abs(int(text.lower().partition("e")[2] or 0)) > FAR


def _rounds_to(again: Rows, value: list[list[Shown]], target: Rows, display: Display) -> bool:
    """Return whether numbers, rounded as the value is, are the value."""
    for row, texts, wanted in zip(again, value, target, strict=True):
        for number, text, goal in zip(row, texts, wanted, strict=True):
            if text.exact:
                if abs(number - goal) > 1e-12 * abs(goal):
                    return False
            elif display.shown(Numbers([[number]]))[0][0].text != text.text:
                return False
    return True


def _chain(source: Source, equation: Equation, output: Name) -> Formula | None:
    """Return the chain rule in symbols, a term for each quantity the derivative came through, in the formula's order.

    Where the output uses the quantity itself too, that is the direct term.
    """
    own = name(equation.name.base, equation.name.index)
    via = {n.base for n in equation.via}
    found = [each.name for each in source.consumers.get(own, []) if each.name.base in via and each.name is not output]
    through = list(dict.fromkeys(found))
    if not through or len(through) > MOST_TERMS or any(source.shape(n) != SCALAR for n in (own, *through)):
        return None
    written = equation.formula.args if is_call(equation.formula, "add") else (equation.formula,)
    slopes = [{n for n in names_in(term) if n.of is not None} for term in written]
    terms: dict[Formula, int] = {
        call("mul", slope, gradient_of(own, n)): _first([slope in each for each in slopes])
        for n in through
        for slope in [gradient_of(n, output)]
    }
    if not any(slope in each for each in slopes for n in through for slope in [gradient_of(n, output)]):
        return None  # a step's slope is 0, whatever arrives
    if output.base in via:
        terms[call("direct", gradient_of(own, output))] = _first([not each for each in slopes])
    return total(sorted(terms, key=terms.__getitem__))


def _first(found: Sequence[bool]) -> int:
    """Return the place of the first that is true, behind all where none is."""
    return found.index(True) if True in found else len(found)
