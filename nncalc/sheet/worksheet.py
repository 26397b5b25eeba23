"""Worksheets: the lines of a worked calculation, as facts. How they look is the renderer's business.

A line's formula, the formula with its numbers and its value come from one formula; here
the numbers to show are chosen so that a line, computed again from what is shown, gives
the value shown.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Literal, NamedTuple, TypeAlias

from nncalc.graph.calculus import gradient_of
from nncalc.graph.graph import Equation, Graph, only
from nncalc.graph.rules import flat, kinks, squared
from nncalc.graph.shapes import SCALAR, Shape
from nncalc.language.figures import Exact, Rows, exact
from nncalc.language.formula import Call, Formula, Name, call, is_call, length, name, names_in, parts, replace, total
from nncalc.numbers.evaluation import Evaluation, exact_value, known
from nncalc.numbers.rounding import LEAST, MOST, WHOLE, Numbers, Shown, exactly, floats, literals
from nncalc.numbers.run import ScalarMachine
from nncalc.page import Note, Page, Row, Section, Side
from nncalc.problems import Problem
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.copying import arranged, written_out

Form: TypeAlias = Literal["scalar", "vector"]
#: The smallest float that has all its digits.
TINY = 2.2250738585072014e-308
#: To how many digits operands are shown where those of a float do not give a line's value.
BEYOND = (17, 20, 25, 30, 40)
#: How far, relatively, a stated value may be from what its formula gives, and be that.
SAME = 1e-12
#: What is said of a 0 that a sum comes to: in numbers that are known to the last digit, and in arrays of floats.
CANCELLED, NOISE = "0, as its terms cancel", "0, as it is below the rounding error of its sum"
#: How many terms the chain rule is written out for.
MOST_TERMS = 6
#: How many names, numbers and signs the lines of a worksheet have at most.
MOST_SIGNS = 2_000_000
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
    """How numbers are shown: to `digits` significant digits, operands to as many as a line needs; or as fractions."""

    digits: int | None = None
    fractions: bool = False

    @property
    def least(self) -> int:
        """How many digits are shown at least."""
        return self.digits or LEAST

    def shown(self, numbers: Numbers, digits: int | None = None) -> list[list[Shown]]:
        """Return a quantity's entries as they are shown, or to so many digits more."""
        whole = WHOLE if self.digits is None else digits or self.digits
        return numbers.shown(digits or self.least, fractions=self.fractions, whole=whole)


PLAIN = Display()


def worksheet(calculation: Calculation, form: Form, display: Display = PLAIN, *, given: bool = True) -> Page:
    """Return the worksheet of `calculation` in scalar or vector form."""
    source: _Source = _scalar_source(calculation) if form == "scalar" else _vector_source(calculation)
    wanted = _wanted(calculation)
    asked = [entry for of in wanted for entry in source.entries(of)]
    if form == "scalar" and calculation.entries and calculation.output:
        slopes = [gradient_of(entry, calculation.output) for entry in calculation.entries]
        asked = [calculation.output, *(e for of in slopes for e in ([of] if of.index else source.entries(of)))]
    kept = only(source.graph, asked)
    _readable(kept)
    seed = [name(calculation.output.base, of=calculation.output)] if calculation.output else []
    rows: list[tuple[str, Row]] = []
    if given:
        used = {n for equation in kept.equations for n in equation.uses}
        for leaf in calculation.model.graph.leaves:
            if any(entry in used for entry in source.entries(leaf)) or leaf in calculation.wrt:
                rows.append(("given", _given(calculation, leaf, display)))
    computed: set[Name] = set()
    for equation in kept.equations:
        if equation.name in seed and equation.name not in wanted:
            continue
        rows.append((_pass(equation.name), _line(calculation, source, equation, display, computed, form)))
        if equation.rules != ("intercept",):
            computed.add(equation.name)
    return _page(calculation, rows, form)


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
    source = _vector_source(calculation)
    rows: list[tuple[str, Row]] = []
    for of in names:
        shown = display.shown(source.numbers(of))
        said = of_value(calculation, of, source)
        row = Row(of, (_value(shown),), source.shape(of), remarks=said, updates=_updated(calculation, of))
        rows.append((_pass(of), row))
    return _page(calculation, rows, "vector")


def remarks(calculation: Calculation) -> list[str]:
    """Return what there is to say of lines, for who does not read them: which spelling, which convention decided."""
    source = _vector_source(calculation)
    equations = only(source.graph, _wanted(calculation)).equations
    found: list[str] = []
    for each in equations:
        stated = ["".join(map(str, words)) for words in _stated(calculation, source, each.name)]
        found += [f"{each.name.id}: {said}" for said in (*stated, *_line_notes(calculation, source, each))]
    return found


def conventions(
    calculation: Calculation, names: Collection[Name], source: _Source | None = None
) -> tuple[tuple[str, Name], ...]:
    """Return the conventions that decide some quantities, each with the first gradient on the way where it does."""
    if not any(of.of for of in names):
        return ()
    source = source or _vector_source(calculation)
    found: dict[str, Name] = {}
    for equation in only(source.graph, names).equations:
        for said in _conventions(calculation, source, equation) if equation.name.of is not None else ():
            found.setdefault(said, equation.name)
    return tuple(found.items())


def of_value(calculation: Calculation, of: Name, source: _Source | None = None) -> tuple[Note, ...]:
    """Return what is said of a quantity or a gradient by itself: of its value, and which conventions decide it."""
    source = source or _vector_source(calculation)
    decided = ((said,) if at is of else (f"{said} decides ", at) for said, at in conventions(calculation, [of], source))
    return (*_stated(calculation, source, of), *((said,) for said in _said(calculation, source, of)), *decided)


def about(calculation: Calculation, of: Name) -> tuple[tuple[Name, Note], ...]:
    """Return what is said beside one value alone: of it, and of stated values that their formulas do not give."""
    source = _vector_source(calculation)
    stated = [(other, said) for other in calculation.model.stated for said in _stated(calculation, source, other)]
    differing = [(other, said) for other, said in stated if len(said) > 1 and other is not of]
    return (*((of, said) for said in of_value(calculation, of, source)), *differing)


def _page(calculation: Calculation, rows: list[tuple[str, Row]], form: Form) -> Page:
    """Return rows, each with its pass, as a page; shapes are worth a word where something is larger than a number."""
    found = [
        Section(heading, tuple(row for place, row in rows if place == phase)) for phase, heading in HEADINGS.items()
    ]
    return Page(
        tuple(section for section in found if section.rows),
        calculation.model.title,
        notes=_notes(calculation),
        dot=form == "scalar",
        whole=frozenset(n.base for n in calculation.model.graph.names),
        sized=form == "vector" and any(row.shape != SCALAR for _, row in rows),
        columns=COLUMNS,
        steps=STEP,
    )


def _pass(of: Name) -> str:
    return "backward" if of.of is not None else "forward"


def _updated(calculation: Calculation, of: Name) -> Name | None:
    """Return the parameter that a gradient updates."""
    own = name(of.base)
    return own if of.of is not None and own in calculation.model.parameters else None


def _wanted(calculation: Calculation) -> list[Name]:
    """Return the quantities that the worksheet is to lead to."""
    output = calculation.output
    if output is not None and calculation.wrt:
        return [output, *(gradient_of(of, output) for of in calculation.wrt)]
    return [equation.name for equation in calculation.forward.equations]


def _notes(calculation: Calculation) -> tuple[str, ...]:
    model = calculation.model
    found = [f"`{of}` is given; what leads to it is left out" for of in model.starts]
    if model.stated:
        found.append(f"stated, and taken as it stands in what follows: {', '.join(f'`{of}`' for of in model.stated)}")
    return tuple(dict.fromkeys((*found, *model.notes)))


# -- where lines come from --------------------------------------------------------------------------


class _Source(NamedTuple):
    """The equations to print, and how to compute one from the numbers that are shown."""

    graph: Graph
    entries: Callable[[Name], list[Name]]
    numbers: Callable[[Name], Numbers]
    compute: Callable[[Formula, Mapping[Name, Rows]], Rows | None]
    compute_exactly: Callable[[Formula, Mapping[Name, list[list[Exact]]]], list[list[Exact | None]] | None]
    compute_truly: Callable[[Formula, Mapping[Name, list[list[Exact]]]], Rows | None]
    shape: Callable[[Name], Shape]
    consumers: Mapping[Name, list[Equation]]
    kinks: dict[Formula, list[_Kink]]
    whole_kinks: dict[Formula, list[_Kink]]


class _Kink(NamedTuple):
    """A convention that decides the derivatives by some names at the values there are."""

    by: tuple[Name, ...]
    says: str


def _consumers(equations: Iterable[Equation]) -> dict[Name, list[Equation]]:
    found: dict[Name, list[Equation]] = {}
    for equation in equations:
        for used in names_in(equation.formula):
            found.setdefault(used, []).append(equation)
    return found


def _scalar_source(calculation: Calculation) -> _Source:
    machine = calculation.machine
    assert isinstance(machine, ScalarMachine)
    leaves = [entry for leaf in calculation.model.graph.leaves for row in machine.elements.names(leaf) for entry in row]
    typed = machine.given.keys()
    cache: dict[Name, Numbers] = {}

    def numbers(of: Name) -> Numbers:
        if of not in cache:
            value = machine.given[of] if of in typed else machine.floats[of]
            cache[of] = Numbers([[value]], [[machine.exacts[of]]], of in typed, partial(machine.precise, [[of]]))
        return cache[of]

    def compute(formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        found = Evaluation({n: rows[0][0] for n, rows in values.items()}).rounded_or_none(formula)
        return None if found is None else [[found]]

    def compute_exactly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> list[list[Exact | None]]:
        return [[exact_value(formula, {n: rows[0][0] for n, rows in values.items()})]]

    def compute_truly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> Rows | None:
        found = known({n: rows[0][0] for n, rows in values.items()}).rounded_or_none(formula)
        return None if found is None else [[found]]

    forward = [equation for equation in machine.scalars if equation.name.of is None]
    return _Source(
        Graph(tuple(leaves), tuple(machine.scalars)),
        lambda of: [entry for row in machine.elements.names(of) for entry in row],
        numbers, compute, compute_exactly, compute_truly, lambda _: SCALAR, _consumers(forward), {}, {},
    )  # fmt: skip


def _vector_source(calculation: Calculation) -> _Source:
    machine, shapes = calculation.machine, calculation.shapes
    forward, backward = calculation.forward, calculation.backward
    given = {**calculation.model.given, **calculation.model.stated_in(shapes)}
    cache: dict[Name, Numbers] = {}

    def numbers(of: Name) -> Numbers:
        if of not in cache:
            typed = of in given
            rows = given[of] if typed else machine.rows(of)
            if isinstance(machine, ScalarMachine):
                cache[of] = Numbers(
                    rows, machine.exact_rows(of), typed, partial(machine.precise, machine.elements.names(of))
                )
            else:
                cache[of] = Numbers(rows, None, typed)
        return cache[of]

    def compute(formula: Formula, values: Mapping[Name, Rows]) -> Rows | None:
        return machine.compute(formula, values)

    def compute_exactly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> list[list[Exact | None]] | None:
        return machine.compute_exactly(formula, values) if isinstance(machine, ScalarMachine) else None

    def compute_truly(formula: Formula, values: Mapping[Name, list[list[Exact]]]) -> Rows | None:
        return machine.compute_truly(formula, values) if isinstance(machine, ScalarMachine) else None

    written = [
        equation._replace(
            formula=written_out(equation.formula, shapes),
            plain=written_out(equation.plain, shapes) if equation.plain is not None else None,
        )
        for equation in forward.equations
    ]
    return _Source(
        Graph(forward.leaves, (*written, *backward.equations)),
        lambda of: [of], numbers, compute, compute_exactly, compute_truly, shapes.of, _consumers(forward.equations),
        {}, {},
    )  # fmt: skip


# -- one line ------------------------------------------------------------------------------------------


def _given(calculation: Calculation, leaf: Name, display: Display) -> Row:
    shown = Numbers(calculation.model.given[leaf], None, typed=True).shown(display.least)
    return Row(leaf, (Side(literals(shown), role="value"),), calculation.shapes.of(leaf))


def _line(
    calculation: Calculation, source: _Source, equation: Equation, display: Display, computed: set[Name], form: Form
) -> Row:
    operands = names_in(equation.formula)
    numbers = source.numbers(equation.name)
    reused = tuple(n for n in operands if n in computed)
    shape = source.shape(equation.name)
    facts = {
        "form": form, "pass": _pass(equation.name), "rule": _rule(equation), "rows": numbers.rows,
        "exacts": numbers.exacts, "uses": [n.id for n in operands], "reuses": [n.id for n in reused],
    }  # fmt: skip
    stated = _stated(calculation, source, equation.name)
    differs = any(len(said) > 1 for said in stated)
    return Row(
        name=equation.name,
        sides=(_value(display.shown(numbers)),) if differs else _sides(calculation, source, equation, display),
        shape=shape,
        remarks=(*stated, *((said,) for said in _line_notes(calculation, source, equation))),
        reuses=reused if equation.name.of is not None else (),
        updates=_updated(calculation, equation.name),
        facts=facts if form == "vector" else {**facts, "shape": []},
    )


def _value(shown: list[list[Shown]]) -> Side:
    """Return a value as it is shown, as what a quantity equals."""
    return Side(literals(shown), all(entry.exact for row in shown for entry in row), "value")


def _stated(calculation: Calculation, source: _Source, of: Name) -> tuple[Note, ...]:
    """Return what is said of a quantity whose value is stated: that it is, and what its formula gives if not that."""
    if of.of is not None or name(of.base) not in calculation.model.stated:
        return ()
    equation, own = source.graph.by_name[of], source.numbers(of)
    if equation.rules == ("intercept",):
        return ()
    numbers = _comes_to(source, equation.formula)
    if numbers is None:
        return (("stated; its formula has no value here", ""),)
    pairs = [pair for one, other in zip(own.rows, numbers.rows, strict=True) for pair in zip(one, other, strict=True)]
    if all(abs(one - other) <= SAME * abs(other) for one, other in pairs):
        return (("stated",),)
    digits = next((count for count in range(LEAST, MOST) if floats(numbers.shown(count)) != own.rows), MOST)
    shown = numbers.shown(digits)
    sign = "" if all(entry.exact for row in shown for entry in row) else "≈ "
    return ((f"stated; its formula gives {sign}", literals(shown)),)


def _comes_to(source: _Source, formula: Formula) -> Numbers | None:
    """Return the value of a formula of the quantities there are, None where it has none."""
    operands = {n: source.numbers(n) for n in names_in(formula)}
    found = source.compute(formula, {n: numbers.rows for n, numbers in operands.items()})
    if found is None:
        return None
    exacts: dict[Name, list[list[Exact]]] = {}
    for n, numbers in operands.items():
        rows = [[entry for entry in row if entry is not None] for row in numbers.exacts or ()]
        if [len(row) for row in rows] != [len(row) for row in numbers.rows]:
            return Numbers(found)
        exacts[n] = rows
    return Numbers(found, source.compute_exactly(formula, exacts))


def _rule(equation: Equation) -> str:
    formula = equation.formula
    return "+".join(equation.rules) or (formula.op if isinstance(formula, Call) else "copy")


def _sides(calculation: Calculation, source: _Source, equation: Equation, display: Display) -> tuple[Side, ...]:
    """Return `chain = formula = substituted = value`, without those that say nothing.

    The chain is the chain rule in symbols. `=` stands before the numbers put in where those are shown exactly, and
    before the value where it is exactly what they come to.
    """
    formula, output = equation.formula, calculation.output
    operands = names_in(formula)
    value = display.shown(source.numbers(equation.name))
    shown = _enough(source, formula, operands, value, display)
    result = literals(value)
    filled = replace(formula, {n: literals(rows) for n, rows in shown.items()}) if operands else formula
    copied = arranged(filled)
    filled = filled if copied is result else copied
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
    comes_to = source.compute_exactly(formula, {n: exactly(rows) for n, rows in shown.items()})
    sides.append(Side(filled, precise, "substituted"))
    return (*sides, Side(result, comes_to is not None and comes_to == exactly(value), "value"))


def _enough(
    source: _Source, formula: Formula, operands: Sequence[Name], value: list[list[Shown]], display: Display
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
        again = source.compute_truly(formula, {n: exactly(rows) for n, rows in more.items()})
        if again is not None and _rounds_to(again, value, target, display):
            return more
    return shown


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


def _chain(source: _Source, equation: Equation, output: Name) -> Formula | None:
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


def _said(calculation: Calculation, source: _Source, of: Name) -> list[str]:
    """Return what is said of a value: floats hold it with few digits or none, or as 0; or another spelling gave it."""
    found = list(dict.fromkeys(_nearly_zero(source.numbers(of))))
    whole = name(of.base, of=of.of)
    if whole in calculation.machine.cancelled:
        found.append(NOISE)
    said = [calculation.notes[key] for key in dict.fromkeys((of, whole)) if key in calculation.notes]
    return [*found, *(each for each in said if each not in found)]


def _nearly_zero(numbers: Numbers) -> Iterator[str]:
    """Yield what is said of entries that floats, the smallest of which is 5e-324, hold with few digits or none."""
    if not any(abs(value) < TINY for row in numbers.rows for value in row):
        return
    exacts = numbers.exacts or [[0] * len(row) for row in numbers.rows]
    for row, line, owns in zip(numbers.rows, numbers.beyond(LEAST), exacts, strict=True):
        for value, text, own in zip(row, line, owns, strict=True):
            if value == 0 and exact(text.text):
                yield "rounds to 0, as it is smaller than any float"
            elif value == 0 and own is None:
                yield CANCELLED
            elif 0 < abs(value) < TINY:
                yield "denormal: a float so near 0 has fewer digits"


def _line_notes(calculation: Calculation, source: _Source, equation: Equation) -> tuple[str, ...]:
    found = _said(calculation, source, equation.name)
    whole = name(equation.name.base, of=equation.name.of)
    if whole in calculation.together:
        found.append(calculation.together[whole])
    if equation.name.of is not None:
        found += [said for said in _conventions(calculation, source, equation) if said not in found]
    return tuple(found)


def _conventions(calculation: Calculation, source: _Source, equation: Equation) -> list[str]:
    """Return the conventions that decide a gradient in what its line puts in."""
    found: list[str] = []
    own = name(equation.name.base, equation.name.index)
    via = {n.base for n in equation.via}
    for consumer in source.consumers.get(own, []):
        if consumer.name.base in via:
            found += [
                kink.says for kink in _kinks(source, consumer.formula) if own in kink.by and kink.says not in found
            ]
    for base in via:
        whole = calculation.forward.by_name.get(name(base))
        if whole is not None:
            of = name(equation.name.base)
            kinks = _kinks_as_a_whole(calculation, source, whole.formula)
            found += [kink.says for kink in kinks if of in kink.by and kink.says not in found]
    return found


def _kinks(source: _Source, formula: Formula) -> list[_Kink]:
    """Return the conventions that decide derivatives of `formula` at the values it has."""
    kept = source.kinks.get(formula)
    if kept is None:
        kept = source.kinks[formula] = []
        for part in parts(formula):
            if isinstance(part, Call) and (says := flat(part)):
                kept.append(_Kink(names_in(part), says))
            for where, says in kinks(part) if isinstance(part, Call) else ():
                if where is part:
                    continue
                if _vanishes(source, where):
                    kept.append(_Kink(names_in(part), says))
    return kept


def _vanishes(source: _Source, where: Formula) -> bool:
    """Return whether an entry of a formula is 0 at the numbers there are, whatever floats make of it."""
    at = _comes_to(source, where)
    if at is None:
        return False
    exacts = at.exacts or [[None] * len(row) for row in at.rows]
    pairs = [pair for row, line in zip(at.rows, exacts, strict=True) for pair in zip(row, line, strict=True)]
    if any(known == 0 for _, known in pairs):
        return True
    return any(value == 0 and known is None for value, known in pairs) and not _rounded(source, where)


def _rounded(source: _Source, where: Formula) -> bool:
    """Return whether a formula that is 0 in floats is so only because its numbers were rounded."""
    numbers = {n: exactly(source.numbers(n).beyond(MOST)) for n in names_in(where)}
    found = source.compute_exactly(where, numbers)
    return found is not None and all(number for row in found for number in row)


def _kinks_as_a_whole(calculation: Calculation, source: _Source, formula: Formula) -> list[_Kink]:
    """Return the conventions that decide where the result of an operation on a whole vector, a norm, is 0."""
    kept = source.whole_kinks.get(formula)
    if kept is None:
        kept = source.whole_kinks[formula] = []
        for part in parts(squared(formula)):
            for where, says in kinks(part) if isinstance(part, Call) else ():
                if where is part and calculation.machine.truth(part, part) == [[0]]:
                    kept.append(_Kink(names_in(part), says))
    return kept
