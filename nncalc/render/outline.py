"""The drawing as text: a line for each quantity, what it is made from on the right of an arrow."""

from __future__ import annotations

from nncalc.graph.drawing import Drawing, labels
from nncalc.language.formula import Name
from nncalc.language.printer import Style, show
from nncalc.render.tall import padded, width


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as lines of text."""
    texts = labels(found, lambda formula: show(formula, style))
    uses: dict[Name, list[str]] = {box.name: [] for box in found.boxes}
    for one, other in found.arrows:
        uses[other].append(show(one, style))
    rows = [("  ".join(texts[box.name]), uses[box.name]) for box in found.boxes]
    room = max((width(text) for text, _ in rows), default=0)
    arrow = "←" if style.paper else "<-"
    lines = [f"{padded(text, room)}  {arrow} {', '.join(used)}".rstrip(f" {arrow}") for text, used in rows]
    return "".join(f"{line}\n" for line in [*lines, *(f"note: {note}" for note in found.notes)])
