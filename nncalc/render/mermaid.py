"""Mermaid: the drawing as a flowchart, for Markdown viewers that draw it."""

from __future__ import annotations

from nncalc.graph.drawing import Drawing, labels
from nncalc.language.printer import Style, show


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as a Mermaid flowchart."""
    texts = labels(found, lambda formula: show(formula, style))
    ids = {box.name: f"n{place}" for place, box in enumerate(found.boxes)}
    lines = ["flowchart LR"]
    for box in found.boxes:
        left, right = ("[", "]") if box.kind == "computed" else ("(", ")")
        lines.append(f'  {ids[box.name]}{left}"{"<br/>".join(map(_escaped, texts[box.name]))}"{right}')
    lines += [f'  note{place}>"{_escaped(note)}"]' for place, note in enumerate(found.notes)]
    lines += [f"  {ids[one]} --> {ids[other]}" for one, other in found.arrows]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return (
        text.replace("#", "#35;").replace("&", "#amp;").replace('"', "#quot;").replace("<", "#lt;").replace(">", "#gt;")
    )
