"""The reference of operations as a page: one of them, or a list of all."""

from __future__ import annotations

from typing import Any

from nncalc.graph.rules import OUT
from nncalc.language.formula import name, names_in
from nncalc.language.printer import ASCII, PAPER, show
from nncalc.ops import OVER
from nncalc.ops.kinds import Operation
from nncalc.page import Note, Page, Plot, Ratio, Row, Section, Side
from nncalc.reference import entry
from nncalc.reference.entry import Curve, Slope


def list_page() -> Page:
    """Return all operations, by what they are for, each with what it is."""
    sections = [Section(kind, tuple(map(_listed, ops))) for kind, ops in entry.listed().items()]
    facts = [
        {"name": op.name, "written": entry.written(op), "kind": kind, "summary": op.summary}
        for kind, ops in entry.listed().items() for op in ops
    ]  # fmt: skip
    return Page(
        tuple(sections), columns=("section", "name", "why"), sized=False,
        after=(("`nncalc ops NAME` says more of one of them",),), data={"command": "ops", "operations": facts},
    )  # fmt: skip


def _listed(op: Operation) -> Row:
    """Return a row of the list, in one line; how it is typed is said where that is not what stands on paper."""
    formula = entry.called(op)
    typed = show(formula, ASCII)
    before = f"`{typed}`: " if show(formula, PAPER).lower() != typed.lower() else ""
    return Row(formula, why=(before + op.summary.partition(";")[0],))


def operation_page(op: Operation) -> Page:
    """Return what the table says of an operation, with curves of its value and its slope where it has numbers."""
    found = entry.curve(op)
    slopes = list(dict.fromkeys(slope for form in op.forms or (None,) for slope in entry.slopes(op, form)))
    sections = [Section("Definition", _definition(op), notes=tuple(_facts(op)))]
    if slopes:
        sections.append(_slopes(op, slopes))
    if found is not None:
        sections += _plots(found)
    return Page(
        tuple(sections), title=f"{entry.written(op)}: {op.summary}", columns=("section", "name", "formula", "why"),
        sized=False, data=_data(op, slopes, found),
    )  # fmt: skip


def _definition(op: Operation) -> tuple[Row, ...]:
    """Return what an operation equals, and by which spelling it is computed."""
    formula, meaning, careful = entry.called(op), entry.definition(op), entry.careful(op)
    rows = [Row(formula, (Side(meaning, role="formula"),) if meaning is not None else ())]
    if careful is not None:
        rows.append(Row(None, (Side(careful, role="formula"),), why=("as it is computed, which keeps digits",)))
    return tuple(rows)


def _slopes(op: Operation, slopes: list[Slope]) -> Section:
    """Return the derivatives: of what acts on each entry its slopes, else what each argument receives."""
    rows = []
    for slope in slopes:
        of = name(slope.argument)
        sides = (Side(entry.as_slope(op, slope.rule), role="formula"),) if slope.rule is not None else ()
        why: Note = (slope.words,) if slope.words else ()
        rows.append(
            Row(Ratio(entry.called(op), of) if op.entrywise else name(of.base, of=name("loss")), sides, why=why)
        )
    said: list[Note] = [] if op.entrywise else [("g is the gradient that arrives, of the result",)]
    if not op.entrywise and any(slope.rule is not None and OUT in names_in(slope.rule) for slope in slopes):
        said.append(("out is the result",))
    return Section("Slope" if op.entrywise else "Gradient", tuple(rows), tuple(said))


def _facts(op: Operation) -> list[Note]:
    """Return what else the table says of an operation, a line each."""
    settings = [f"{word}={default}" for word, default in op.settings.items()]
    trained = [f"{arg}, from {start}" for arg, start in op.trained.items()]
    lines = [each for (base, _), each in OVER.items() if base == op.name and each is not op]
    found = {
        "kind": entry.kind_of(op).lower(),
        "shapes": "; ".join(entry.shapes(op)),
        "settings": ", ".join(settings) + (", given by name" if settings else ""),
        "of each row or column": ", ".join(map(entry.written, lines)),
        "trained in a layer": ", ".join(trained),
        "domain": entry.domain(op),
        "kink": entry.kink(op),
        "elsewhere": ", ".join(op.elsewhere),
        "source": op.source,
    }
    return [(f"{word}: {said}",) for word, said in found.items() if said]


def _plots(found: Curve) -> list[Section]:
    beside = ", ".join(f"{arg} = {value:g}" for arg, value in found.at.items())
    across = found.argument
    sections = [Section("Value" + (f", {beside}" if beside else ""), (), plot=Plot(found.points, across))]
    if any(steep is not None for _, steep in found.slope):
        sections.append(Section(f"Slope by {across}", (), plot=Plot(found.slope, across)))
    return sections


def _data(op: Operation, slopes: list[Slope], found: Curve | None) -> dict[str, Any]:
    """Return the facts for programs; formulas are in the input language."""
    plot = None
    if found is not None:
        plot = {
            "by": found.argument, "at": found.at, "x": [x for x, _ in found.points],
            "value": [value for _, value in found.points], "slope": [value for _, value in found.slope],
        }  # fmt: skip
    return {
        "command": "ops", "name": op.name, "written": entry.written(op), "kind": entry.kind_of(op),
        "summary": op.summary, "meaning": op.meaning or None, "computed": op.careful.get("out"),
        "settings": dict(op.settings),
        "over": [over for base, over in OVER if base == op.name],
        "trained": dict(op.trained), "shapes": entry.shapes(op),
        "slopes": [
            {"by": each.argument, "rule": show(each.rule, ASCII) if each.rule is not None else each.words}
            for each in slopes
        ],
        "domain": entry.domain(op), "kink": entry.kink(op) or None, "elsewhere": list(op.elsewhere),
        "source": op.source or None, "cases": [{"arguments": case.args, "gives": case.gives} for case in op.cases],
        "plot": plot,
    }  # fmt: skip
