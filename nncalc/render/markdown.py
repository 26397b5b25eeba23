r"""Markdown: a block of equations a section, in the mathematics that GitHub, GitLab, Jupyter, Obsidian and Quarto draw.

They agree on little: GitHub reads a block as Markdown first, which takes the backslash from `\,`, `\_` and `\{` and one
of the two of `\\`, and knows neither `\operatorname` nor dollars in `\text`; only GitHub and GitLab have blocks of
`math`. So a block stands between lines of `$$`, no backslash in it but before a letter, and rows end in `\cr`. In ASCII
a section is a table. Titles and notes may hold what a file says, so nothing of them acts in Markdown, HTML or LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from nncalc.language.printer import Style
from nncalc.page import Note, Page, Section
from nncalc.problems import safe
from nncalc.progress import told
from nncalc.render.columns import note, texts
from nncalc.render.equations import Piece, Setting, equations, noted
from nncalc.render.escaping import bound, escaped, listed, table
from nncalc.render.metrics import width
from nncalc.render.plot import drawn
from nncalc.render.typeset import prose

_HEADS = (
    "quantity", "chain rule", "definition", "formula", "with numbers", "value", "equals", "shape", "because", "remarks",
)  # fmt: skip
#: About how wide a line is in these viewers, in points where a digit has five, and the lines of a block at most.
_ROOM, _MOST = 400, 16
#: What is no letter of mathematics in every viewer, and is written otherwise.
_LINE = r"\rule{0.5em}{0.04em}"
_SAID = {"$": r"\text{dollars}", "&": r"\text{and}", "#": r"\text{no.}", "%": r"\text{percent}", "_": _LINE}
#: Commands that some viewer reads otherwise, or not at all.
_VIEWED = {
    r"\\": r"\cr", r"\operatorname": r"\mathrm", r"\,": r"\thinspace ", r"\;": r"\enspace ", r"\{": r"\lbrace ",
    r"\}": r"\rbrace ", r"\|": r"\Vert ", **{f"\\{sign}": said for sign, said in _SAID.items()},
}  # fmt: skip
_COMMAND = re.compile(r"\\[A-Za-z]+|\\.")
#: Signs in words that would act in mathematics or Markdown; others stand in `\text`, as far as they are words there.
_SIGNS = {
    **_SAID, "<": "< ", ">": "> ", "|": r"\vert ", "[": r"\lbrack ", "]": r"\rbrack ", "{": r"\lbrace ",
    "}": r"\rbrace ", "*": r"\ast ", "\\": r"\backslash ", "^": r"\wedge ", "~": r"\sim ", '"': r"\text{''}", "`": "",
    "█": r"\rule{0.5em}{0.6em}", "▌": r"\rule{0.25em}{0.6em}",
}  # fmt: skip
_WORDS = re.compile(r"(?:[A-Za-z0-9 .,:;()'/+=!?@]|-(?!-))+|.", re.DOTALL)


def render(page: Page, style: Style) -> str:
    """Return the page as Markdown."""
    section_of = _section if style.paper else _table
    blocks = [f"# {escaped(safe(page.title))}"] if page.title else []
    blocks.append(_notes(page.before, style))
    for section in page.sections:
        blocks += [f"## {section.heading}", *section_of(section, page, style), _curve(section, style)]
        blocks.append(_notes(section.notes, style))
    blocks += [_notes(page.after, style), _notes([*page.conventions()], style)]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _curve(section: Section, style: Style) -> str:
    """Return a curve in characters, as it is."""
    if section.plot is None:
        return ""
    return "\n".join(["```text", *drawn(section.plot, ascii_only=not style.paper), "```"])


def _section(section: Section, page: Page, style: Style) -> Iterator[str]:
    """Yield blocks of equations."""
    rows = equations(section.rows, page, style._replace(latex=True), Setting(_ROOM, _written, _wide, r"\quad "))
    block: list[str] = []
    for row in rows:
        if block and len(block) + len(row) > _MOST:
            yield _block(block)
            block = []
        block += map(_viewed, row)
    if block:
        yield _block(block)


def _block(lines: Sequence[str]) -> str:
    body = " \\cr\n".join(lines)
    return f"$$\n\\begin{{aligned}}\n{body}\n\\end{{aligned}}\n$$"


def _viewed(text: str) -> str:
    """Return mathematics as every viewer reads it; before each `_` is a blank, so that none ends an emphasis."""
    return _COMMAND.sub(lambda found: _VIEWED.get(found[0], found[0]), text).replace("_", " _")


def _written(found: Sequence[Piece]) -> str:
    """Return what is said beside an equation: words and mathematics in turn."""
    return "".join(text if math else "".join(map(_said, _WORDS.findall(safe(text)))) for math, text in found)


def _wide(found: Sequence[Piece]) -> float:
    return width(_written(found))


def _said(text: str) -> str:
    """Return words, or a sign among them, as mathematics in which nothing acts."""
    if text in _SIGNS:
        return _SIGNS[text]
    sign = prose(text)
    return f"{{{sign[1:-1]}}}" if sign.startswith("$") else rf"\text{{{text}}}"


def _notes(notes: Sequence[Note], style: Style) -> str:
    """Return notes as a list, mathematics in its lines."""
    if not style.paper:
        return listed([note(each, style) for each in notes])
    latex = style._replace(latex=True)
    said = (
        "".join(
            f"${_viewed(text)}$" if math else bound(escaped(safe(text).replace("`", "")))
            for math, text in noted(each, latex)
        )
        for each in notes
    )
    return "\n".join(f"- {each}" for each in said)


def _table(section: Section, page: Page, style: Style) -> Iterator[str]:
    """Yield a table of what can be typed."""
    found = [texts(row, page, style) for row in told(section.rows, "laying out")]
    rows = [[row.name, *row.sides, row.shape, row.why, row.remarks] for row in found]
    if rows:
        yield table(_HEADS, rows)
