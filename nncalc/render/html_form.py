"""HTML: a page in one file that a browser opens as it is, with MathML for formulas; no script, and nothing is fetched.

Titles and notes may hold what a file says, so nothing of them acts in HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

from nncalc.graph.sizes import Shape, size_formula
from nncalc.language.formula import Call, Formula, names_in
from nncalc.language.mathml import BREAK, pieces, ratio, slashed
from nncalc.language.printer import Style, show
from nncalc.page import Note, Page, Plot, Ratio, Row, Section, Side
from nncalc.problems import safe
from nncalc.progress import told
from nncalc.render.columns import said
from nncalc.render.escaping import bound
from nncalc.render.plot import scaled, seen

#: How large a curve is.
_BOX = (420, 160)
#: How a document looks around a page, its colours, and where it may begin a new sheet.
_DOCUMENT = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --soft: #5c5f66; --rule: #d9dbe0; --name: #0b5394; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e6ea; --paper: #16171a; --soft: #a3a7b0; --rule: #34363c; --name: #8ab8ef; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 76rem; margin: 0 auto; padding: 1rem 1.25rem 3rem; }
@media (max-width: 34rem) {
  main { padding: .5rem .75rem 2rem; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --paper: #fff; --soft: #333; --rule: #999; --name: #000; }
  @page { margin: 18mm 15mm; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
}
""".strip()
#: The colours of a page in a notebook, those of JupyterLab or VS Code; elsewhere such as can be read on either ground.
_NOTEBOOK = """
.nncalc {
  --soft: var(--jp-content-font-color2, var(--vscode-descriptionForeground, #77797f));
  --rule: var(--jp-border-color2, var(--vscode-widget-border, #88888866));
  --name: var(--jp-content-link-color, var(--vscode-textLink-foreground, #3d7fc4));
}
""".strip()
#: How a page looks: lines of a quantity, what it equals and what is said of it; those that are too long wrap at their
#: signs, and what is said stands below on a narrow page.
_LOOKS = """
.nncalc { box-sizing: border-box; overflow-wrap: anywhere; }
.nncalc h1 { font-size: 1.6rem; margin: 1.5rem 0 .5rem; }
.nncalc h2 { font-size: 1.15rem; margin: 2rem 0 .6rem; padding-bottom: .2rem; border-bottom: 1px solid var(--rule); }
.nncalc math { font-family: "STIX Two Math", "Latin Modern Math", "Cambria Math", math; font-size: 1.08em; }
.nncalc math { overflow-wrap: normal; }
.nncalc mtd { padding: .14em .35em; }
.nncalc mfrac { padding-inline: .15em; }
.nncalc .rows { display: grid; column-gap: .35rem; }
.nncalc .rows { grid-template-columns: max-content fit-content(64%) max-content minmax(0, 1fr); }
.nncalc .rows:not(:has(.words)) { grid-template-columns: max-content minmax(0, max-content) max-content; }
.nncalc .row { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; margin: 0; padding: .3rem 0; }
.nncalc .row { align-items: baseline; }
.nncalc .name { text-align: right; color: var(--name); }
.nncalc .sides { display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem .5rem; min-width: 0; }
.nncalc .side { max-width: 100%; padding: .3em 0 .3em 1.4em; margin: -.15em 0; text-indent: -1.4em; }
.nncalc .side { overflow-x: auto; overflow-y: hidden; }
.nncalc .side math { text-indent: 0; }
.nncalc .shape, .nncalc .words { color: var(--soft); font-size: .85rem; }
.nncalc .shape { padding-left: 1.2rem; }
.nncalc .words { grid-column: 4; padding-left: .6rem; }
.nncalc .option { white-space: nowrap; }
.nncalc ul.notes { color: var(--soft); font-size: .92rem; margin: .6rem 0; padding: 0; list-style: none; }
.nncalc article + article { border-top: 2px solid var(--rule); margin-top: 3rem; }
@media (max-width: 60rem) {
  .nncalc .rows { grid-template-columns: max-content minmax(0, 1fr) max-content; }
  .nncalc .words { grid-column: 2 / -1; padding-left: 1.4rem; }
}
@media (max-width: 34rem) {
  .nncalc .rows { display: block; }
  .nncalc .row { display: flex; flex-wrap: wrap; column-gap: .35rem; }
  .nncalc .name { text-align: left; }
  .nncalc .shape { align-self: end; }
  .nncalc .words { flex-basis: 100%; padding-left: 1rem; }
}
@media print {
  .nncalc h2 { break-after: avoid; }
  .nncalc section, .nncalc .row, .nncalc .notes li { break-inside: avoid; }
  .nncalc article + article { break-before: page; border: 0; margin: 0; }
}
""".strip()


def render(page: Page, style: Style) -> str:
    """Return the page as what stands in the document."""
    ascii_only, style = not style.paper, style._replace(mathml=True, paper=True)
    parts = [f"<h1>{escape(safe(page.title))}</h1>\n"] if page.title else []
    parts.append(_notes([_note(each, style) for each in page.before]))
    parts += [_section(section, page, style) for section in page.sections]
    parts.append(_notes([_note(each, style) for each in page.after]))
    parts.append(_notes([_note(("Note: ", *each), style) for each in page.conventions()]))
    text = f"<article>\n{''.join(parts)}</article>\n"
    return _in_ascii(text) if ascii_only else text


def _in_ascii(text: str) -> str:
    return text.encode("ascii", "xmlcharrefreplace").decode()


def whole(texts: Sequence[str], pages: Sequence[Page], style: Style) -> str:
    """Return the document that holds the texts of pages."""
    title = escape(next((safe(page.title) for page in pages if page.title), "nncalc"))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title if style.paper else _in_ascii(title)}</title>\n"
        f"<style>\n{_DOCUMENT}\n{_LOOKS}\n</style>\n</head>\n<body>\n"
        f'<main class="nncalc">\n{"".join(texts)}</main>\n</body>\n</html>\n'
    )


def inside(texts: Sequence[str]) -> str:
    """Return the texts of pages as a part of another document, such as a notebook, in whose colours it is."""
    return f'<div class="nncalc">\n<style>\n{_NOTEBOOK}\n{_LOOKS}\n</style>\n{"".join(texts)}</div>\n'


def _section(section: Section, page: Page, style: Style) -> str:
    rows = "".join(_row(row, page, style) for row in told(section.rows, "laying out"))
    block = f'<div class="rows">\n{rows}</div>\n' if rows else ""
    notes = _notes([_note(each, style) for each in section.notes])
    curve = _curve(section.plot) if section.plot else ""
    return f"<section>\n<h2>{escape(section.heading)}</h2>\n{block}{curve}{notes}</section>\n"


def _curve(plot: Plot) -> str:
    """Return a curve as a picture in the page."""
    lines, (x, y) = scaled(plot, *_BOX)
    wide, high = _BOX
    window = seen(plot)
    paths = [" ".join(f"{a:.1f},{high - b:.1f}" for a, b in line) for line in lines]
    drawn = "".join(
        f'<polyline points="{each}" fill="none" stroke="var(--name)" stroke-width="2"/>\n' for each in paths
    )
    ends = [
        (0, high + 16, "start", window.left), (wide, high + 16, "end", window.right),
        (-6, high, "end", window.low), (-6, 12, "end", window.high),
    ]  # fmt: skip
    words = "".join(
        f'<text x="{a}" y="{b}" text-anchor="{anchor}" fill="var(--soft)" font-size="12">{value:.3g}</text>\n'
        for a, b, anchor, value in ends
    )
    return (
        f'<svg viewBox="-60 -6 {wide + 70} {high + 30}" width="{wide + 70}" height="{high + 30}" role="img">\n'
        f'<path d="M0 {high - y:.1f} H{wide} M{x:.1f} 0 V{high}" fill="none" stroke="var(--rule)"/>\n'
        f"{drawn}{words}</svg>\n"
    )


def _notes(notes: Iterable[str]) -> str:
    items = "".join(f"<li>{note}</li>\n" for note in notes)
    return f'<ul class="notes">\n{items}</ul>\n' if items else ""


def _row(row: Row, page: Page, style: Style) -> str:
    name = _shown(_spelled(row.name, style)) if row.name is not None else ""
    sides = [_side(row, side, style) for side in said(row, style)]
    shape = _sized(row.shape, style) if row.shape is not None and page.sized else ""
    if shape and not sides:
        sides = [f'<span class="side">{_shown(f"<mo>∈</mo><msup><mi>ℝ</mi><mrow>{shape}</mrow></msup>")}</span>']
        shape = ""
    words = _remarks(row, style)
    return (
        f'<div class="row"><div class="name">{name}</div><div class="sides">{"".join(sides)}</div>'
        + (f'<div class="shape">({_math(shape)})</div>' if shape else "")
        + (f'<div class="words">{words}</div>' if words else "")
        + "</div>\n"
    )


def _side(row: Row, side: Side, style: Style) -> str:
    """Return what a quantity equals, parted where a line may be broken."""
    sign = "≠" if row.holds is False else "←" if side.taken else "=" if side.equal else "≈"
    first, *rest = pieces(_spelled(side.whole, style))
    parts = [f'<mo form="infix">{sign}</mo>{first}', *rest]
    return f'<span class="side">{"<wbr>".join(map(_shown, parts))}</span>'


def _remarks(row: Row, style: Style) -> str:
    """Return what is said beside a row: why it holds, what it updates and reuses, what decided, whether it is true."""
    found = [_note(row.why, style)] if row.why else []
    found += [_law(each, style) for each in row.laws]
    if row.updates is not None:
        found.append(f"updates {_math(show(row.updates, style))}")
    if row.reuses:
        found.append("reuses " + ", ".join(_math(slashed(used, style)) for used in row.reuses))
    mark = "" if row.holds is None else "✓ " if row.holds else "✗ "
    others = (mark + "; ".join(_note(each, style) for each in row.remarks)).rstrip()
    return "; ".join([*found, *([others] if others else [])])


def _law(found: tuple[Formula, Formula], style: Style) -> str:
    """Return a rule for any letters, which are all the quantities there are in it."""
    own = style._replace(whole=frozenset(n.base for formula in found for n in names_in(formula)))
    return _math('<mo form="infix">=</mo>'.join(show(each, own) for each in found))


def _note(note: Note, style: Style) -> str:
    return "".join(
        _words(each) if isinstance(each, str)
        else _math(_sized(each, style)) if isinstance(each, tuple) and not isinstance(each, Ratio)
        else _math(_spelled(each, style))
        for each in note
    )  # fmt: skip


def _words(text: str) -> str:
    """Return words in which nothing acts; what stands in backticks is code."""
    parts = re.sub(r"(?<!\S)--\w+", r'<span class="option">\g<0></span>', bound(escape(safe(text)))).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(f"<code>{part}</code>" if place % 2 else part for place, part in enumerate(parts))


def _math(text: str) -> str:
    """Return mathematics in a line of words."""
    return f"<math>{text.replace(BREAK, '')}</math>"


def _shown(text: str) -> str:
    """Return mathematics that has a line to itself."""
    return f'<math displaystyle="true">{text.replace(BREAK, "")}</math>'


def _spelled(what: Formula | Ratio | tuple[Ratio, ...], style: Style) -> str:
    """Return a formula, a derivative, or a product of derivatives."""
    if isinstance(what, Ratio):
        return ratio(show(what.of, style), show(what.by, style))
    if isinstance(what, tuple):
        return '\n<mo form="infix">·</mo>'.join(_spelled(each, style) for each in what)
    return show(what, style)


def _sized(shape: Shape, style: Style) -> str:
    """Return a shape, a size that is a product or a sum in brackets."""
    texts = [(size, show(size, style)) for size in map(size_formula, shape)]
    return '<mo form="infix">×</mo>'.join(
        f"<mo>(</mo>{text}<mo>)</mo>" if isinstance(size, Call) else text for size, text in texts
    )
