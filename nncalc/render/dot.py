"""DOT for Graphviz: the chain from left to right, parameters and targets below what they meet."""

from __future__ import annotations

from nncalc.graph.drawing import Drawing, labels
from nncalc.language.printer import Style, show


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as a DOT graph; any name and any text is safe in it."""
    texts = labels(found, lambda formula: show(formula, style))
    lines = ["digraph {", "  rankdir=LR", '  node [shape=box, margin="0.15,0.08"]']
    for box in found.boxes:
        look = ", style=rounded" if box.kind != "computed" else ""
        lines.append(f"  {quoted(box.name.id)} [label={label(chr(10).join(texts[box.name]))}{look}]")
    below = {(box.name, box.beside) for box in found.boxes}
    for one, other in found.arrows:
        free = " [constraint=false]" if (one, other) in below else ""  # else Graphviz puts its tail on top
        lines.append(f"  {quoted(one.id)} -> {quoted(other.id)}{free}")
    lines += [
        f"  {{ rank=same; {quoted(box.beside.id)}; {quoted(box.name.id)} }}"
        for box in found.boxes
        if box.beside is not None
    ]
    lines += [
        f"  {{ rank=same; edge [style=invis]; {' -> '.join(quoted(unit.id) for unit in units)} }}"
        for units in found.units
    ]
    if found.notes:
        lines.append(f"  labelloc=b\n  label={label(chr(10).join(found.notes))}")
    return "\n".join([*lines, "}"]) + "\n"


def label(text: str) -> str:
    """Return `text` as a DOT label; Graphviz reads HTML's entities even there."""
    return quoted(text.replace("&", "&amp;"))


def quoted(text: str) -> str:
    """Return `text` as a DOT string in which nothing is special."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
