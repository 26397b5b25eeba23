"""What is said of lines and of values: which convention decides, what is stated, what floats do not hold."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from nncalc.graph.graph import Equation, only
from nncalc.graph.largest import called, is_of_several, untied
from nncalc.graph.rules import flat, kinks, squared
from nncalc.graph.sizes import SCALAR
from nncalc.language.figures import exact
from nncalc.language.formula import Call, Formula, Name, name, names_in, parts, unfolded
from nncalc.numbers.rounding import LEAST, MOST, Numbers, exactly, floats, literals
from nncalc.ops import OPS
from nncalc.page import Note
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.sources import Kink, Source, comes_to, vector_source, wanted_of

#: The smallest float that has all its digits.
TINY = 2.2250738585072014e-308
#: How far, relatively, a stated value may be from what its formula gives, and be that.
SAME = 1e-12
#: What is said of a 0 that a sum comes to: in numbers that are known to the last digit, and in arrays of floats.
CANCELLED, NOISE = "0, as its terms cancel", "0, as it is below the rounding error of its sum"


def remarks(calculation: Calculation) -> list[str]:
    """Return what there is to say of lines, for who does not read them: which spelling, which convention decided."""
    source = vector_source(calculation)
    equations = only(source.graph, wanted_of(calculation)).equations
    found: list[str] = []
    for each in equations:
        own = ["".join(map(str, words)) for words in stated(calculation, source, each.name)]
        found += [f"{each.name.id}: {said}" for said in (*own, *line_notes(calculation, source, each))]
    return found


def conventions(
    calculation: Calculation, names: Collection[Name], source: Source | None = None
) -> tuple[tuple[str, Name], ...]:
    """Return the conventions that decide some quantities, each with the first gradient on the way where it does."""
    if not any(of.of for of in names):
        return ()
    source = source or vector_source(calculation)
    found: dict[str, Name] = {}
    for equation in only(source.graph, names).equations:
        for said in _conventions(calculation, source, equation) if equation.name.of is not None else ():
            found.setdefault(said, equation.name)
    return tuple(found.items())


def deciding(said: str, at: Name) -> tuple[str | Formula, ...]:
    """Return that a convention decides a gradient: one that is an equation, or a whole sentence."""
    return f"{said} decides " if "=" in said else f"{said}, which decides ", at


def of_value(calculation: Calculation, of: Name, source: Source | None = None) -> tuple[Note, ...]:
    """Return what is said of a quantity or a gradient by itself: of its value, and which conventions decide it."""
    source = source or vector_source(calculation)
    decided = ((said,) if at is of else deciding(said, at) for said, at in conventions(calculation, [of], source))
    return (*stated(calculation, source, of), *((said,) for said in _said(calculation, source, of)), *decided)


def about(calculation: Calculation, of: Name) -> tuple[tuple[Name, Note], ...]:
    """Return what is said beside one value alone: of it, and of stated values that their formulas do not give."""
    source = vector_source(calculation)
    others = [(other, said) for other in calculation.model.stated for said in stated(calculation, source, other)]
    differing = [(other, said) for other, said in others if len(said) > 1 and other is not of]
    return (*((of, said) for said in of_value(calculation, of, source)), *differing)


def stated(calculation: Calculation, source: Source, of: Name) -> tuple[Note, ...]:
    """Return what is said of a quantity whose value is stated: that it is, and what its formula gives if not that."""
    if of.of is not None or name(of.base) not in calculation.model.stated:
        return ()
    equation, own = source.graph.by_name[of], source.numbers(of)
    if equation.rules == ("intercept",):
        return ()
    numbers = comes_to(source, equation.formula)
    if numbers is None:
        return (("stated; its formula has no value here", ""),)
    pairs = [pair for one, other in zip(own.rows, numbers.rows, strict=True) for pair in zip(one, other, strict=True)]
    if all(abs(one - other) <= SAME * abs(other) for one, other in pairs):
        return (("stated",),)
    digits = next((count for count in range(LEAST, MOST) if floats(numbers.shown(count)) != own.rows), MOST)
    shown = numbers.shown(digits)
    sign = "" if all(entry.exact for row in shown for entry in row) else "≈ "
    return ((f"stated; its formula gives {sign}", literals(shown)),)


def _said(calculation: Calculation, source: Source, of: Name) -> list[str]:
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


def line_notes(calculation: Calculation, source: Source, equation: Equation) -> tuple[str, ...]:
    """Return what is said of a line: of its value, what it is of in one, which conventions decide it."""
    found = _said(calculation, source, equation.name)
    whole = name(equation.name.base, of=equation.name.of)
    if whole in calculation.together:
        found.append(calculation.together[whole])
    if equation.name.of is not None:
        found += [said for said in _conventions(calculation, source, equation) if said not in found]
    return tuple(found)


def which(source: Source, equation: Equation) -> tuple[Note, ...]:
    """Return which of several quantities is the largest that a line takes, or the smallest, all of them in a tie."""
    formula = equation.formula
    if not (isinstance(formula, Call) and equation.name.of is None and is_of_several(formula)):
        return ()
    args = unfolded(formula)
    if not all(isinstance(arg, Name) and source.shape(arg) == SCALAR for arg in args):
        return ()
    own = source.numbers(equation.name).rows
    found = [arg for arg in args if isinstance(arg, Name) and source.numbers(arg).rows == own]
    between = [", "] * (len(found) - 2) + [" and "] * (len(found) > 1) + [""]
    words = [word for arg, after in zip(found, between, strict=True) for word in (arg, after)][:-1]
    return ((f"the {called(formula)} {'is' if len(found) == 1 else 'are'} ", *words),) if found else ()


def _conventions(calculation: Calculation, source: Source, equation: Equation) -> list[str]:
    """Return the conventions that decide a gradient in what its line puts in."""
    found: list[str] = []
    own = name(equation.name.base, equation.name.index)
    via = {n.base for n in equation.via}
    for consumer in source.consumers.get(own, []):
        if consumer.name.base in via:
            decide = [k for k in _kinks(source, consumer.formula, calculation.shapes.switches) if own in k.by]
            found += [said for kink in decide if (said := _in_words(calculation, consumer.name, kink))]
    for base in via:
        whole = calculation.forward.by_name.get(name(base))
        if whole is not None:
            of = name(equation.name.base)
            kinks = _kinks_as_a_whole(calculation, source, whole.formula)
            found += [kink.says for kink in kinks if of in kink.by]
    return list(dict.fromkeys(found))


def _in_words(calculation: Calculation, of: Name, kink: Kink) -> str | None:
    """Return what is said of a convention, if it may decide a derivative of what a person wrote for `of`.

    An operation that says its slope and no kink has none, though what it is made of may: a Huber loss is smooth. One
    that has the same switch as what it is made of, as a max-pool, says it in its own words.
    """
    written = calculation.model.graph.by_name[name(of.base)].formula
    calls = [part for part in parts(written) if isinstance(part, Call)]
    switches = calculation.shapes.switches
    if any(kink.says in (flat(part), *(each for _, each in kinks(part, switches))) for part in calls):
        return kink.says
    own = [part for part in calls if kink.key and (switch := OPS[part.op].switch) and switch.key == kink.key]
    return next((says for part in own for _, says in kinks(part, switches)), None)


def _kinks(source: Source, formula: Formula, switches: Mapping[str, str]) -> list[Kink]:
    """Return the conventions that may decide derivatives of `formula` at the values it has.

    Of an operation that a loss is made of that is its own, whatever a spec says of those that it has itself.
    """
    kept = source.kinks.get(formula)
    if kept is None:
        kept = source.kinks[formula] = []
        calls = [part for part in parts(formula) if isinstance(part, Call)]
        begun = {part.args[0] for part in calls if is_of_several(part)}
        for part in calls:
            if says := flat(part):
                kept.append(Kink(names_in(part), says))
            key = switch.key if (switch := OPS[part.op].switch) is not None else ""
            for by, where, says in _corners(part, switches) if part not in begun else ():
                if _vanishes(source, where):
                    kept.append(Kink(by, says, key))
    return kept


def _corners(part: Call, switches: Mapping[str, str]) -> Iterator[tuple[tuple[Name, ...], Formula, str]]:
    """Yield by which names a call may have no derivative, a formula that is 0 where it has none, and what is said."""
    found = dict.fromkeys((*kinks(part), *kinks(part, switches)))
    if is_of_several(part):
        for place, arg in enumerate(unfolded(part)):
            for says in dict.fromkeys(says for _, says in found):
                yield names_in(arg), untied(part, place), says
        return
    for where, says in found:
        if where is not part:
            yield names_in(part), where, says


def _vanishes(source: Source, where: Formula) -> bool:
    """Return whether an entry of a formula is 0 at the numbers there are, whatever floats make of it."""
    at = comes_to(source, where)
    if at is None:
        return False
    exacts = at.exacts or [[None] * len(row) for row in at.rows]
    pairs = [pair for row, line in zip(at.rows, exacts, strict=True) for pair in zip(row, line, strict=True)]
    if any(known == 0 for _, known in pairs):
        return True
    return any(value == 0 and known is None for value, known in pairs) and not _rounded(source, where)


def _rounded(source: Source, where: Formula) -> bool:
    """Return whether a formula that is 0 in floats is so only because its numbers were rounded."""
    numbers = {n: exactly(source.numbers(n).beyond(MOST)) for n in names_in(where)}
    found = source.compute_exactly(where, numbers)
    return found is not None and all(number for row in found for number in row)


def _kinks_as_a_whole(calculation: Calculation, source: Source, formula: Formula) -> list[Kink]:
    """Return the conventions that decide where the result of an operation on a whole vector, a norm, is 0."""
    kept = source.whole_kinks.get(formula)
    if kept is None:
        kept = source.whole_kinks[formula] = []
        for part in parts(squared(formula)):
            for where, says in kinks(part) if isinstance(part, Call) else ():
                if where is part and calculation.machine.truth(part, part) == [[0]]:
                    kept.append(Kink(names_in(part), says))
    return kept
