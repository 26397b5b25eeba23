"""The drawing as text: a line for each quantity, what it is made from on the right of an arrow."""

from __future__ import annotations

from nncalc.graph.drawing import Drawing, labels, noted
from nncalc.language.formula import Name
from nncalc.language.printer import Style, show
from nncalc.render.tall import padded, width


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as lines of text."""
    texts = labels(found, style)
    called = {
        box.name: show(box.name, style) if box.lines else texts[box.name][0].partition(" = ")[0] for box in found.boxes
    }
    uses: dict[Name, list[str]] = {box.name: [] for box in found.boxes}
    for arrow in found.arrows:
        words = noted(arrow.words, style).strip().replace("\n", " ")
        said = words or (show(arrow.label, style) if arrow.label is not None else "")
        on = f" ({said})" if said else ""
        uses[arrow.end].append(called[arrow.start] + on)
    rows = [("  ".join(texts[box.name]), uses[box.name]) for box in found.boxes]
    room = max((width(text) for text, _ in rows), default=0)
    arrow_sign = "←" if style.paper else "<-"
    lines = [f"{padded(text, room)}  {arrow_sign} {', '.join(used)}".rstrip(f" {arrow_sign}") for text, used in rows]
    return "".join(f"{line}\n" for line in [*lines, *(f"note: {noted(note, style)}" for note in found.notes)])
