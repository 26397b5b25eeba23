"""Shapes as a page: of a chain of derivatives, and of a network. How it looks is the renderer's business."""

from __future__ import annotations

from typing import Any

from nncalc.graph.shapes import SCALAR, matrix_norms
from nncalc.language.formula import Call, Formula, call, name
from nncalc.language.hats import hats_in, trimmed_in
from nncalc.language.printer import ASCII, Style, show
from nncalc.ops import OPS
from nncalc.page import Note, Page, Ratio, Row, Section, Side
from nncalc.shaping.matching import Chain, Derivative, Entry, Link, Product, Sheet, in_shapes

HEADINGS = {"given": "Given", "forward": "Forward", "backward": "Backward"}


# -- a network ----------------------------------------------------------------------------------------


def sheet_page(sheet: Sheet) -> Page:
    """Return the shapes of a network: those of what is given, of what is computed, of the gradients."""
    sections = [
        Section(heading, tuple(_entry(entry, sheet) for entry in sheet.entries if entry.phase == phase))
        for phase, heading in HEADINGS.items()
    ]
    formulas = [entry.formula for entry in sheet.entries if entry.formula is not None]
    norms = matrix_norms(formulas, sheet.shapes)
    paper = Style(paper=True, whole=sheet.whole, arrays=sheet.arrays, frobenius=norms)
    return Page(
        tuple(section for section in sections if section.rows),
        sheet.title,
        notes=sheet.notes,
        whole=sheet.whole,
        arrays=sheet.arrays,
        trimmed=trimmed_in(formulas),
        before=hats_in(formulas),
        frobenius=norms,
        columns=("section", "name", "shape", "why", "note"),
        data={
            "command": "shapes", "name": sheet.title, "layout": "denominator",
            "shapes": [_facts(entry, paper) for entry in sheet.entries], "notes": list(sheet.notes),
        },
    )  # fmt: skip


def _entry(entry: Entry, sheet: Sheet) -> Row:
    why: Note = (entry.role,) if entry.role else ()
    if entry.formula is not None:
        matched = in_shapes(entry.formula, sheet.shapes)
        bare = _bare(entry) if entry.phase == "forward" else ""
        why = (entry.formula, f": {matched}" if matched else bare)
    remarks: tuple[Note, ...] = ()
    if entry.phase == "backward":
        remarks = (("as ", name(entry.name.base, entry.name.index), ", which it updates" if entry.updates else ""),)
    return Row(entry.name, (), entry.shape, why, remarks=remarks)


def _bare(entry: Entry) -> str:
    """Return what is said of a formula in which there is nothing to match."""
    if entry.shape == SCALAR:
        return ", a number"
    alone = isinstance(entry.formula, Call) and OPS[entry.formula.op].entrywise
    return ", entry by entry" if alone else ""


def _facts(entry: Entry, paper: Style) -> dict[str, Any]:
    return {
        "id": entry.name.id, "name": show(entry.name, paper), "pass": entry.phase, "shape": list(entry.shape),
        "formula": show(entry.formula, ASCII) if entry.formula is not None else None,
        "role": entry.role, "updates": entry.updates,
    }  # fmt: skip


# -- a chain ------------------------------------------------------------------------------------------


def chain_page(chain: Chain) -> Page:
    """Return a chain: its quantities, its derivatives, their products in either order."""
    last = [chain.whole] if chain.products else []
    derivatives = [*chain.neighbours, *last]
    sections = {
        "Quantities": [_quantity(link) for link in chain.links],
        "Derivatives": [Row(_ratio(each), (), each.shape) for each in derivatives],
        "Chain rule": [_product(each) for each in chain.products],
        "The other order": [_product(chain.other)] if chain.other is not None else [],
    }
    return Page(
        tuple(Section(heading, tuple(rows)) for heading, rows in sections.items() if rows),
        before=(_layout(chain),),
        arrays=frozenset(link.name.base for link in chain.links if link.shape != SCALAR),
        data={
            "command": "shapes", "layout": chain.layout,
            "quantities": [
                {"id": link.name.id, "shape": list(link.shape), "entries": link.size} for link in chain.links
            ],
            "derivatives": [_derivative_facts(each) for each in derivatives],
            "products": [_product_facts(each) for each in chain.products],
            "other_order": _product_facts(chain.other) if chain.other is not None else None,
        },
    )  # fmt: skip


def _layout(chain: Chain) -> Note:
    first = chain.neighbours[0]
    of, by = _entries(first.of), _entries(first.by)
    rows, columns = (by, of) if chain.layout == "denominator" else (of, by)
    return (
        f"layout: {chain.layout}; ", _ratio(first), " has a row for each entry of ", rows,
        ", a column for each entry of ", columns,
    )  # fmt: skip


def _quantity(link: Link) -> Row:
    said: Note = (link.name, " is ", link.shape, ", its columns under each other")
    return Row(_entries(link), (), (link.size, 1), remarks=(said,) if link.stacked else ())


def _product(product: Product) -> Row:
    """Return the product of derivatives, with the shapes of its factors as the reason why it fits or does not."""
    shapes: list[Any] = [part for factor in product.factors for part in ("(", factor.shape, ")")]
    why: Note = (*shapes, *((" = ", product.shape) if product.shape is not None else ()))
    factors = Side(tuple(map(_ratio, product.factors)))
    return Row(_ratio(product.result), (factors,), None, why, remarks=((product.why,),), holds=product.right)


def _ratio(derivative: Derivative) -> Ratio:
    return Ratio(_entries(derivative.of), _entries(derivative.by))


def _entries(link: Link) -> Formula:
    return call("vec", link.name) if link.stacked else link.name


def _derivative_facts(found: Derivative) -> dict[str, Any]:
    return {"id": f"d({found.of.name.id})/d({found.by.name.id})", "shape": list(found.shape)}


def _product_facts(found: Product) -> dict[str, Any]:
    return {
        "of": _derivative_facts(found.result)["id"], "factors": [_derivative_facts(each) for each in found.factors],
        "shape": list(found.shape) if found.shape is not None else None, "right": found.right, "why": found.why,
    }  # fmt: skip
