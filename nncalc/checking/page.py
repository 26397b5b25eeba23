"""The page of a gradient check: a line for each entry, or for each quantity, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from nncalc.checking.gradients import SAID, Checked, Entry
from nncalc.graph.shapes import with_entries
from nncalc.language.figures import fraction_of
from nncalc.language.formula import Formula, name
from nncalc.language.parser import parse
from nncalc.numbers.rounding import Numbers, literals
from nncalc.page import Note, Page, Row, Section, Side

COLUMNS = ("name", "ours", "other", "difference", "bar", "outcome")
#: How many digits numbers have, and differences.
DIGITS, FEW = 10, 2
#: How many entries that differ are shown where nobody asks for all.
MOST = 12


def page(checked: Checked, *, steps: bool, digits: int | None = None) -> Page:
    """Return a page of the check: every entry with `steps`, else a line for each quantity and those that differ."""
    model = checked.found.model
    groups = [[*each] for _, each in groupby(checked.entries, lambda entry: entry.by.base)]
    rows = []
    for group in groups:
        if steps or (checked.found.entries and name(group[0].by.base) not in checked.found.entries):
            rows += [_entry_row(each, checked, digits or DIGITS) for each in group]
        else:
            rows.append(_quantity_row(group, checked))
            odd = [each for each in group if each.outcome != "agrees"]
            rows += [_entry_row(each, checked, digits or DIGITS) for each in odd[:MOST]]
            if len(odd) > MOST:
                rows.append(Row(None, why=(f"and {len(odd) - MOST} more; --show-steps shows all",)))
    notes = [f"no rational differences: {checked.why}"] if checked.why and checked.method != "exact" else []
    return Page(
        (Section("Gradient check", tuple(rows)),), model.title, before=((_method(checked),),), after=_summary(checked),
        notes=tuple(notes), whole=frozenset(of.base for of in model.graph.names), sized=False, dot=True,
        arrays=with_entries(model.graph.names, checked.found.shapes), columns=COLUMNS, data=_data(checked),
    )  # fmt: skip


def _method(checked: Checked) -> str:
    return {
        "exact": "beside differences of rationals, which are exact where the loss is a square in an entry",
        "complex": "beside the complex step, Im f(x + ih)/h, which uses no derivative rule",
        "differences": "beside central differences, extrapolated to a step of 0",
    }[checked.method]


def _entry_row(entry: Entry, checked: Checked, digits: int) -> Row:
    numbers = Numbers([[entry.ours]], [[entry.exact[0] if entry.exact else None]])
    shown = numbers.shown(digits)
    side = Side(literals(shown), shown[0][0].exact, "value")
    said = _said(entry, checked, digits)
    return Row(entry.of, (side,), remarks=(said,), facts=_facts(entry))


def _said(entry: Entry, checked: Checked, digits: int) -> Note:
    """Return what is said of an entry: that it agrees, or by how much it does not."""
    if entry.sides is not None:
        left, right = (_number(each, digits) for each in entry.sides)
        where = ("not differentiable here: the slope is ", left, " to the left and ", right, " to the right; ours ")
        if entry.outcome == "kink":
            return (*where, "lies between, by convention")
        return (*where, "does not lie between")
    differs = "it differs: " if entry.outcome == "differs" else ""
    if entry.exact is not None:
        return (f"{differs}{SAID[checked.method]} give ", parse(fraction_of(entry.exact[1])))
    other, bar = _number(entry.other, digits), _number(entry.bar, 1)
    far = _number(abs(entry.difference), FEW)
    return (f"{differs}{SAID[checked.method]} gives ", other, " ± ", bar, ", ", far, " away")


def _number(value: float, digits: int) -> Formula:
    return literals(Numbers([[value]], [[None]]).shown(digits))


def _quantity_row(group: Sequence[Entry], checked: Checked) -> Row:
    """Return the line of a quantity whose entries were compared."""
    first = group[0]
    whole = name(first.of.base, of=first.of.of)
    outcomes = [entry.outcome for entry in group]
    count = len(group)
    said = []
    if agrees := outcomes.count("agrees"):
        said.append(f"{_of(agrees, count)} agree{'s' if agrees == 1 else ''}{_how_far(group, checked)}")
    if kinks := outcomes.count("kink"):
        said.append(f"{_of(kinks, count)} at a kink, ours between the slopes to both sides")
    if differs := outcomes.count("differs"):
        said.append(f"{_of(differs, count)} differ{'s' if differs == 1 else ''}")
    return Row(whole, why=("; ".join(said),), holds="differs" not in outcomes)


def _of(some: int, count: int) -> str:
    entries = "entry" if count == 1 else "entries"
    return f"{some} {entries}" if some == count else f"{some} of {count} {entries}"


def _how_far(group: Sequence[Entry], checked: Checked) -> str:
    """Return how far the entries that agree are from the other method at most."""
    if checked.method == "exact":
        return " exactly"
    far = max(abs(entry.difference) for entry in group if entry.outcome == "agrees")
    return f", none more than {far:.{FEW}g} away" if far else ", to the last digit"


def _summary(checked: Checked) -> tuple[Note, ...]:
    count, wrong = len(checked.entries), sum(entry.outcome == "differs" for entry in checked.entries)
    if wrong:
        return ((f"{wrong} of {count} entries differ",),)
    kinks = sum(entry.outcome == "kink" for entry in checked.entries)
    all_ = f"all {count} entries agree" if count > 1 else "it agrees"
    return ((all_ if not kinks else f"{count - kinks} of {count} entries agree, {kinks} at a kink",),)


# -- for programs ---------------------------------------------------------------------------------------------


def _facts(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.of.id, "ours": repr(entry.ours), "other": repr(entry.other),
        "difference": repr(entry.difference), "bar": repr(entry.bar), "outcome": entry.outcome,
    }  # fmt: skip


def _data(checked: Checked) -> dict[str, Any]:
    found = checked.found
    entries = [
        {
            "name": entry.of.id, "ours": entry.ours, "other": entry.other, "difference": entry.difference,
            "bar": entry.bar, "outcome": entry.outcome,
            **({"exact": [fraction_of(each) for each in entry.exact]} if entry.exact else {}),
            **({"sides": list(entry.sides)} if entry.sides else {}),
        }
        for entry in checked.entries
    ]  # fmt: skip
    return {
        "command": "check", "name": found.model.title, "method": checked.method, "right": checked.right,
        "output": found.output.base if found.output else None, "wrt": [of.id for of in found.entries or found.wrt],
        "entries": entries,
    }  # fmt: skip
