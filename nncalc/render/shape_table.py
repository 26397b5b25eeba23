"""Shapes as text: of a chain of derivatives, and of a network; in columns, or one line a quantity."""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.graph.shapes import SCALAR
from nncalc.language.formula import Call, name
from nncalc.language.printer import Style, show
from nncalc.ops import OPS
from nncalc.problems import safe
from nncalc.render.columns import aligned, padded, sized, width, words
from nncalc.render.sections import HEADINGS
from nncalc.shaping.matching import Chain, Derivative, Entry, Link, Product, Sheet, in_shapes

_RULES = {
    "denominator": "a row for each entry of {by}, a column for each entry of {of}",
    "numerator": "a row for each entry of {of}, a column for each entry of {by}",
}


def render_sheet(sheet: Sheet, style: Style, *, plain: bool) -> str:
    """Return the shapes of a network as text."""
    if plain:
        rows = [_entry(entry, sheet, style) for entry in sheet.entries]
        lines = [
            f"{row[0]} {row[1]}" + (f"  # {'; '.join(filter(None, row[2:]))}" if any(row[2:]) else "") for row in rows
        ]
        return "".join(f"{line}\n" for line in lines)
    blocks = [safe(sheet.title)] if sheet.title else []
    for phase, heading in HEADINGS.items():
        rows = [_entry(entry, sheet, style) for entry in sheet.entries if entry.phase == phase]
        if rows:
            blocks.append("\n".join([heading, *_columns(rows)]))
    if sheet.notes:
        blocks.append("\n".join(f"note: {words(safe(note), style)}" for note in sheet.notes))
    return "\n\n".join(blocks) + "\n"


def _entry(entry: Entry, sheet: Sheet, style: Style) -> list[str]:
    """Return the cells of a quantity: its name, its shape, why it has it, remarks."""
    why = entry.role
    if entry.formula is not None:
        matched = in_shapes(entry.formula, sheet.shapes)
        why = show(entry.formula, style) + (f": {matched}" if matched else "")
        if not matched and entry.phase == "forward":
            why += _bare(entry)
    remarks = ""
    if entry.phase == "backward":
        own = show(name(entry.name.base, entry.name.index), style)
        remarks = f"as {own}, which it updates" if entry.updates else f"as {own}"
    return [show(entry.name, style), sized(entry.shape, style), words(why, style), remarks]


def _bare(entry: Entry) -> str:
    """Return what is said of a formula in which there is nothing to match."""
    if entry.shape == SCALAR:
        return ", a number"
    alone = isinstance(entry.formula, Call) and OPS[entry.formula.op].slope is not None
    return ", entry by entry" if alone else ""


def render_chain(chain: Chain, style: Style, *, plain: bool) -> str:
    """Return a chain, its derivatives and their product as text."""
    first = chain.neighbours[0]
    rule = _RULES[chain.layout].format(of=_link(first.of, style), by=_link(first.by, style))
    layout = f"layout: {chain.layout}; {_ratio(first, style)} has {rule}"
    links = [[_link(link, style), sized((link.size, 1), style), _stacked(link, style)] for link in chain.links]
    last = [chain.whole] if chain.products else []
    derivatives = [[_ratio(each, style), sized(each.shape, style)] for each in (*chain.neighbours, *last)]
    products = _products(chain.products, style)
    other = _products([chain.other] if chain.other is not None else [], style)
    if plain:
        rows = [*derivatives, *products, *(["other order:", *row] for row in other)]
        return "".join(" ".join(filter(None, row)) + "\n" for row in rows) + f"# {layout}\n"
    blocks = [layout, "\n".join(["Quantities", *_columns(links)]), "\n".join(["Derivatives", *_columns(derivatives)])]
    if products:
        blocks.append("\n".join(["Chain rule", *_columns(products)]))
        blocks.append("\n".join(["The other order", *_columns(other)]))
    return "\n\n".join(blocks) + "\n"


def _stacked(link: Link, style: Style) -> str:
    shown = show(link.name, style)
    return f"{shown} is {sized(link.shape, style)}, its columns under each other" if link.stacked else ""


def _products(products: Sequence[Product], style: Style) -> list[list[str]]:
    """Return the cells of products: an equation of derivatives, the shapes of its factors, the verdict."""
    equal, unequal, times = ("=", "≠", " · ") if style.paper else ("=", "!=", " * ")
    right, wrong = ("✓", "✗") if style.paper else ("ok:", "no:")
    room = max((width(_ratio(each.result, style)) for each in products), default=0)
    rows: list[list[str]] = []
    for each in products:
        sign, mark = (equal, right) if each.right else (unequal, wrong)
        factors = times.join(_ratio(factor, style) for factor in each.factors)
        shapes = "".join(f"({sized(factor.shape, style)})" for factor in each.factors)
        if each.shape is not None:
            shapes += f" = {sized(each.shape, style)}"
        equation = f"{padded(_ratio(each.result, style), room)} {sign} {factors}:"
        rows.append([equation, shapes, words(f"{mark} {each.why}", style)])
    return rows


def _ratio(derivative: Derivative, style: Style) -> str:
    if not derivative.of.stacked and not derivative.by.stacked:
        return show(name(derivative.by.name.base, of=derivative.of.name), style)
    of, by = _link(derivative.of, style), _link(derivative.by, style)
    return f"∂{of}/∂{by}" if style.paper else f"d({of})/d({by})"


def _link(link: Link, style: Style) -> str:
    return f"vec({show(link.name, style)})" if link.stacked else show(link.name, style)


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"  {line}" for line in aligned(rows, 2)]
