"""DOT for Graphviz: the chain from left to right, weights and targets below what they meet, intercepts above.

What a box says beside its name stands in a table, values upright and black, gradients in italics and blue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from math import hypot
from typing import NamedTuple

from nncalc.graph.drawing import Arrow, Box, Drawing, Fact, before, labels, line, noted, title
from nncalc.language.formula import Call, Formula, Name
from nncalc.language.printer import Style, show
from nncalc.render.sheets import sheets

#: Of gradients, and of negative weights.
BLUE = "#1f4e9e"
#: Behind entries that are marked.
YELLOW = "#ffe9a8"
#: How many letters of a formula stand in one line, where it has several terms.
LONG = 80
#: How each kind of drawing begins.
HEADS = {
    "computation": ["rankdir=LR", 'node [shape=box, margin="0.15,0.08"]'],
    "backward": ["rankdir=RL", "nodesep=0.6", 'node [shape=box, margin="0.15,0.08"]'],
    "network": ["rankdir=LR", "splines=line"],
    "layers": ["rankdir=TB", 'node [shape=box, margin="0.15,0.08"]', "edge [fontsize=10]"],
}  # fmt: skip
#: What stands for signs that are special in HTML-like labels; the backslash is one there too, entities or not.
ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\\": "\\\\", "\n": "<BR/>"}
TABLE = '<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">'
#: Half the height of a line and half the width of a letter, about, in points; the least radius of a unit.
HALF_LINE, HALF_LETTER, RADIUS = 10, 4, 20


def render(found: Drawing, style: Style) -> str:
    """Return the drawing as a DOT graph; any name and any text is safe in it."""
    circles = _circles(found, style) if found.kind == "network" else None
    lines = [*HEADS[found.kind], *(_network_head(circles) if circles is not None else [])]
    lines += [f"{quoted(box.name.id)} [{', '.join(_look(box, found, style))}]" for box in found.boxes]
    places = {box.name: (box.beside, box.side) for box in found.boxes if box.beside is not None}
    pictures = {box.name for box in found.boxes if box.channels}
    for arrow in found.arrows:
        if circles is not None:
            look = _network_edge(arrow, circles, found, style)
        else:
            look = _edge(arrow, places, found, style)
        shown = f" [{', '.join(look)}]" if look else ""
        lines.append(f"{_end(arrow.start, pictures, 'e')} -> {_end(arrow.end, pictures, 'w')}{shown}")
    lines += [line for one, (other, side) in places.items() for line in _beside(one, other, side, found)]
    lines += [
        f"{{ rank=same; edge [style=invis]; {' -> '.join(quoted(unit.id) for unit in units)} }}"
        for units in found.units
        if len(units) > 1
    ]
    lines += _next_to_gaps(found)
    if found.notes:
        text = "\n".join(noted(note, style) for note in found.notes)
        lines += ["labelloc=b", "fontsize=10", f"label={label(text)}"]
    return "\n".join(["digraph {", *(f"  {line}" for line in lines), "}"]) + "\n"


# -- boxes --------------------------------------------------------------------------------------------


def _look(box: Box, found: Drawing, style: Style) -> Iterator[str]:
    """Yield the attributes of a box."""
    text = "\n".join(_lines(title(box, found, style)))
    if box.lines:
        yield f"label=<{TABLE}{''.join(_layer_rows(box, style))}</TABLE>>"
    elif box.kind == "pictures":
        yield f"label=<{_pictures(box, text, found, style)}>, shape=none"
    elif box.blank and box.kind != "unit":
        room = '<TR><TD WIDTH="70" HEIGHT="28"></TD></TR>'
        yield f"label=<{TABLE}<TR><TD>{escaped(text)}</TD></TR>{room}</TABLE>>"
    elif any(_is_matrix(fact) for fact in box.facts):
        rows = "".join(_rows(box, style))
        yield f'label=<{TABLE}<TR><TD COLSPAN="2">{escaped(text)}</TD></TR>{rows}</TABLE>>'
    elif box.facts:
        said = [_small(fact, style) or _said(line(fact, style), fact) for fact in box.facts]
        yield f"label=<{'<BR/>'.join([escaped(text), *said])}>"
    else:
        yield f"label={label(text)}"
    if box.kind in ("input", "target", "parameter"):
        yield "style=rounded"
    elif box.kind == "one":
        yield "style=dashed, width=0.5"
    elif box.kind == "gap":
        yield "shape=none, fontsize=24"


def _pictures(box: Box, text: str, found: Drawing, style: Style) -> str:
    """Return pictures as sheets, what they are called above them and how many of which size below."""
    largest = max(size for each in found.boxes if each.channels for size in _sizes(each))
    rows, columns = _sizes(box)
    beside = f'<TD WIDTH="{HALF_LETTER * len(text)}"></TD>'  # so that no text is wider, which would part the sheets
    drawn = f'<TD PORT="p">{sheets(len(box.channels), rows, columns, largest)}</TD>'
    below = f'<FONT POINT-SIZE="10">{escaped(line(box.facts[0], style))}</FONT>'
    cells = [f'<TD COLSPAN="3">{escaped(text)}</TD>', f"{beside}{drawn}{beside}", f'<TD COLSPAN="3">{below}</TD>']
    return f"{TABLE}{''.join(f'<TR>{each}</TR>' for each in cells)}</TABLE>"


def _sizes(box: Box) -> list[int]:
    """Return how many rows and columns pictures have."""
    shape = box.facts[0].value
    return [size for size in shape if isinstance(size, int)] if isinstance(shape, tuple) else []


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of a formula that is long: it is broken before the signs between terms, outside of brackets."""
    start = end = depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and text[place : place + 3] in (" + ", " − ", " - "):
            if end > start and place - start > LONG:
                yield text[start:end]
                start = end
            end = place
    yield text[start:]


def _rows(box: Box, style: Style) -> Iterator[str]:
    """Yield the rows of the table in a box with numbers: on the left stands what equals them."""
    for fact in box.facts:
        small = _small(fact, style)
        if small:
            yield f'<TR><TD COLSPAN="2">{small}</TD></TR>'
        else:
            left = f'<TD ALIGN="RIGHT">{_said(before(fact, style), fact)}</TD>'
            yield f'<TR>{left}<TD ALIGN="LEFT">{_number(fact, style)}</TD></TR>'


def _layer_rows(box: Box, style: Style) -> Iterator[str]:
    """Yield the rows of the table in a layer's box: what it is, small what it is made with, and its numbers."""
    first, *others = (escaped(noted(each, style)) for each in box.lines)
    below = "<BR/>".join(others)
    yield f'<TR><TD COLSPAN="2"><B>{first}</B></TD></TR>'
    yield f'<TR><TD COLSPAN="2"><FONT POINT-SIZE="10">{below}</FONT></TD></TR>'
    yield from _rows(box, style)


def _small(fact: Fact, style: Style) -> str:
    """Return a shape in small letters, nothing for other facts."""
    return f'<FONT POINT-SIZE="10">{escaped(line(fact, style))}</FONT>' if fact.role == "shape" else ""


def _is_matrix(fact: Fact) -> bool:
    return isinstance(fact.value, Call) and fact.value.op in ("column", "matrix")


def _number(fact: Fact, style: Style) -> str:
    """Return a number, or a matrix as a table between two bars, with what is said of it."""
    assert not isinstance(fact.value, tuple)
    if not isinstance(fact.value, Call) or not _is_matrix(fact):
        return _said(f"{show(fact.value, style)}{fact.said}", fact)
    rows = [row.args if isinstance(row, Call) and row.op == "row" else (row,) for row in fact.value.args]
    color = f' COLOR="{BLUE}"' if fact.role == "gradient" else ""
    table = TABLE.replace('BORDER="0"', f'BORDER="1" SIDES="LR" ALIGN="LEFT"{color}', 1)
    lines = [
        f"<TR>{''.join(_cell(each, fact, style, (i, j) in fact.marked) for j, each in enumerate(row))}</TR>"
        for i, row in enumerate(rows)
    ]
    if fact.said:
        lines.append(f'<TR><TD COLSPAN="{len(rows[0])}">{_said(fact.said.strip(), fact)}</TD></TR>')
    return f"{table}{''.join(lines)}</TABLE>"


def _cell(entry: Formula, fact: Fact, style: Style, marked: bool) -> str:
    look = f' BGCOLOR="{YELLOW}"' if marked else ""
    return f'<TD ALIGN="RIGHT"{look}>{_said(show(entry, style), fact)}</TD>'


def _said(text: str, fact: Fact) -> str:
    """Return text in the look of a value, or of a gradient."""
    return f'<FONT COLOR="{BLUE}"><I>{escaped(text)}</I></FONT>' if fact.role == "gradient" else escaped(text)


# -- edges --------------------------------------------------------------------------------------------


def _edge(arrow: Arrow, places: Mapping[Name, tuple[Name, str]], found: Drawing, style: Style) -> list[str]:
    """Return the attributes of an arrow between quantities; none pulls from afar at a box beside another."""
    text = show(arrow.label, style) if arrow.label is not None else noted(arrow.words, style)
    side = ""
    for one, other in ((arrow.start, arrow.end), (arrow.end, arrow.start)):
        if one in places and places[one][0] is other:
            side = places[one][1]
    if not side:
        loose = ["weight=0"] if arrow.start in places or arrow.end in places else []
        return [*([f"label={_padded(text)}"] if text else []), *loose]
    flows_up = (side == "below") != (found.kind == "backward")
    look = ["constraint=false, tailport=n, headport=s"] if flows_up else ["tailport=s, headport=n"]
    return [*look, f"headlabel={_over(text)}, labelangle=0, labeldistance=2.2"] if text else look


def _beside(one: Name, other: Name, side: str, found: Drawing) -> Iterator[str]:
    """Yield what puts a box above or below another: the tail of an edge between them stands above its head."""
    above, below = (one, other) if side == "above" else (other, one)
    drawn = (side == "above") == (found.kind != "backward")  # the arrow itself does it
    between = "; " if drawn else " -> "
    yield f"{{ rank=same; edge [style=invis]; {quoted(above.id)}{between}{quoted(below.id)} }}"


def _end(of: Name, pictures: Collection[Name], side: str) -> str:
    """Return an end of an edge: of pictures at the side of their sheets."""
    return f"{quoted(of.id)}:p:{side}" if of in pictures else quoted(of.id)


def _network_edge(arrow: Arrow, circles: _Circles, found: Drawing, style: Style) -> list[str]:
    """Return the attributes of an edge between units: its weight, or, where there is no room, how thick it is."""
    if arrow.words:
        above = noted(arrow.words, style).strip() + "\n "  # a line that the arrow goes through
        return [f"label={label(above)}, fontsize=10"]
    if arrow.label is None:
        return []
    if not found.crowded:
        away = circles.distance(arrow) / 10
        return [f"headlabel={_over(show(arrow.label, style))}, labeldistance={away:.1f}"]
    look = [f"penwidth={0.3 + 2.7 * abs(arrow.strength):.2f}"]
    return [*look, f'style=dashed, color="{BLUE}"'] if arrow.strength < 0 else look


class _Circles(NamedTuple):
    """How large circles are, and how far apart their centres in a column and those of columns, in points.

    A weight stands on its edge one part in `parts` of the way from its head to its tail; with a part more than a
    column has circles no two are in the same place. `heights` are those of the circles, if columns are centred.
    """

    radius: float
    apart: float
    between: float
    parts: int
    heights: dict[Name, float]

    def distance(self, arrow: Arrow) -> float:
        """Return how far the weight of an edge is from the circle it leads to."""
        rise = self.heights[arrow.start] - self.heights[arrow.end]
        return hypot(self.between, rise) / self.parts - self.radius


def _circles(found: Drawing, style: Style) -> _Circles:
    """Return how large and how far apart circles are, so that their texts and the weights on edges have room."""
    texts = [lines for box, lines in zip(found.boxes, labels(found, style).values(), strict=True) if box.kind == "unit"]
    radius = max(hypot(max(map(len, lines)) * HALF_LETTER, len(lines) * HALF_LINE) for lines in texts)
    radius = max(RADIUS, radius)
    parts = 1 + max(len(column) for column in found.units)
    written = [show(arrow.label, style) for arrow in found.arrows if arrow.label is not None]
    away = 14 + 1.1 * HALF_LETTER * max(map(len, written), default=0)
    apart, between = max(2.4 * radius, 1.9 * HALF_LINE * parts), max(150, (radius + away) * parts)
    if found.crowded:
        apart, between = 2.4 * radius + 10, 170.0 if any(box.channels for box in found.boxes) else 250.0
    heights = {of: apart * (place - (len(c) - 1) / 2) for c in found.units for place, of in enumerate(c)}
    return _Circles(radius, apart, between, parts, heights)


def _network_head(circles: _Circles) -> list[str]:
    """Return how the drawing of a network begins."""
    return [
        f"nodesep={(circles.apart - 2 * circles.radius) / 72:.2f}",
        f"ranksep={(circles.between - 2 * circles.radius) / 72:.2f}",
        f"node [shape=circle, margin=0, width={2 * circles.radius / 72:.2f}]",
        "edge [labelangle=0, arrowsize=0.7]",
    ]


def _next_to_gaps(found: Drawing) -> Iterator[str]:
    """Yield what puts the columns on either side of layers that are left out to its left and right."""
    gaps = {box.name for box in found.boxes if box.kind == "gap"}
    for one, other in pairwise(found.units):
        if (len(one) == 1 and one[0] in gaps) or (len(other) == 1 and other[0] in gaps):
            middle, after = one[len(one) // 2], other[len(other) // 2]
            yield f"{quoted(middle.id)} -> {quoted(after.id)} [style=invis]"


def _padded(text: str) -> str:
    """Return a label that keeps away from the line it stands at."""
    return f"<{TABLE}<TR><TD>{escaped(text)}</TD></TR></TABLE>>"


def _over(text: str) -> str:
    """Return a label that hides the line it stands on."""
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="1" BGCOLOR="white"><TR><TD>{escaped(text)}</TD></TR></TABLE>>'
    )


# -- text that is safe --------------------------------------------------------------------------------


def escaped(text: str) -> str:
    """Return `text` as it stands in an HTML-like label, in which nothing of it is special."""
    return "".join(ENTITIES.get(character, character) for character in text)


def label(text: str) -> str:
    """Return `text` as a DOT label; Graphviz reads HTML's entities even there."""
    return quoted(text.replace("&", "&amp;"))


def quoted(text: str) -> str:
    """Return `text` as a DOT string in which nothing is special."""
    escaped_text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped_text}"'
