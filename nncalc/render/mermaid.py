"""Mermaid: the drawing as a flowchart, for Markdown viewers that draw it."""

from __future__ import annotations

from nncalc.graph.drawing import Arrow, Drawing, labels, noted
from nncalc.language.printer import Style, show

#: What stands around the text of a box, by its kind; `[...]` for the others.
AROUND = {
    "input": ("(", ")"),
    "target": ("(", ")"),
    "parameter": ("(", ")"),
    "unit": ("((", "))"),
    "pictures": ("[[", "]]"),
    "one": ("((", "))"),
}

ENTITIES = {"#": "#35;", "&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "`": "#96;"}


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as a Mermaid flowchart."""
    texts = labels(found, style)
    ids = {box.name: f"n{place}" for place, box in enumerate(found.boxes)}
    lines = [f"flowchart {'RL' if found.kind == 'backward' else 'LR'}"]
    for box in found.boxes:
        left, right = AROUND.get(box.kind, ("[", "]"))
        lines.append(f'  {ids[box.name]}{left}"{"<br/>".join(map(_escaped, texts[box.name]))}"{right}')
    lines += [f'  note{place}>"{_escaped(noted(note, style))}"]' for place, note in enumerate(found.notes)]
    lines += [f"  {ids[arrow.start]} {_line(arrow, found, style)} {ids[arrow.end]}" for arrow in found.arrows]
    return "\n".join(lines) + "\n"


def _line(arrow: Arrow, found: Drawing, style: Style) -> str:
    """Return the sign of an arrow, with what stands on it."""
    if arrow.words:
        return f'-->|"{"<br/>".join(map(_escaped, noted(arrow.words, style).split(chr(10))))}"|'
    if arrow.label is None or found.crowded:
        return "-->"
    return f'-->|"{_escaped(show(arrow.label, style))}"|'


def _escaped(text: str) -> str:
    """Return text in which nothing is special, neither to Mermaid nor in HTML or Markdown."""
    return "".join(ENTITIES.get(character, character) for character in text)
