"""Shapes as one JSON object: of a chain of derivatives, and of a network."""

from __future__ import annotations

import json
from typing import Any

from nncalc.language.printer import ASCII, Style, show
from nncalc.shaping.matching import Chain, Derivative, Entry, Product, Sheet


def render_sheet(found: Sheet, style: Style) -> str:
    """Return the shapes of a network as text, closed by a newline."""
    paper = style._replace(paper=True)
    entries = [_entry(entry, paper) for entry in found.entries]
    return _written(name=found.title, layout="denominator", shapes=entries, notes=list(found.notes))


def _entry(entry: Entry, paper: Style) -> dict[str, Any]:
    return {
        "id": entry.name.id, "name": show(entry.name, paper), "pass": entry.phase, "shape": list(entry.shape),
        "formula": show(entry.formula, ASCII) if entry.formula is not None else None,
        "role": entry.role, "updates": entry.updates,
    }  # fmt: skip


def render_chain(found: Chain) -> str:
    """Return a chain, its derivatives and their product as text, closed by a newline."""
    derivatives = [*found.neighbours, *([found.whole] if found.products else [])]
    return _written(
        layout=found.layout,
        quantities=[{"id": link.name.id, "shape": list(link.shape), "entries": link.size} for link in found.links],
        derivatives=[_derivative(each) for each in derivatives],
        products=[_product(each) for each in found.products],
        other_order=_product(found.other) if found.other is not None else None,
    )


def _derivative(found: Derivative) -> dict[str, Any]:
    return {"id": f"d({found.of.name.id})/d({found.by.name.id})", "shape": list(found.shape)}


def _product(found: Product) -> dict[str, Any]:
    return {
        "of": _derivative(found.result)["id"], "factors": [_derivative(each) for each in found.factors],
        "shape": list(found.shape) if found.shape is not None else None, "right": found.right, "why": found.why,
    }  # fmt: skip


def _written(**facts: Any) -> str:
    return json.dumps({"nncalc": 1, "command": "shapes", **facts}, ensure_ascii=False) + "\n"
