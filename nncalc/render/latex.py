r"""LaTeX: a block of aligned lines a section, for a document with amsmath, amssymb and graphicx, or a whole one.

Titles and notes may hold what a file says, so nothing of them acts in LaTeX.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from nncalc.language.printer import Style
from nncalc.page import Note, Page, Plot, Section
from nncalc.problems import safe
from nncalc.render.equations import Piece, Setting, equations, noted
from nncalc.render.metrics import words
from nncalc.render.paper import Paper
from nncalc.render.plot import scaled, seen
from nncalc.render.typeset import aligned, lettered, prose

#: How large a curve is, in points.
_BOX = (240, 90)
#: How wide small print is beside ordinary.
_SMALL = 0.87
#: How the two kinds of documents begin; a slide is 16 cm wide, and set in letters of 10.95 points.
_BEGINS = {
    "article": (
        "\\documentclass{article}\n\\usepackage{amsmath,amssymb,graphicx}\n\\usepackage[textwidth=%spt,textheight=25cm]{geometry}\n"
    ),
    "beamer": (
        "\\documentclass[aspectratio=169]{beamer}\n\\usepackage{amsmath,amssymb}\n\\usefonttheme[onlymath]{serif}\n"
        "\\setbeamertemplate{navigation symbols}{}\n\\newlength\\margin\\setlength\\margin{16cm}\n"
        "\\addtolength\\margin{-%spt}\n\\setbeamersize{text margin left=.5\\margin,text margin right=.5\\margin}\n"
    ),
}
_SLIDE = 10.95 / 10


def render(page: Page, style: Style, paper: Paper | None = None) -> str:
    """Return the page as LaTeX."""
    paper = paper or Paper()
    ascii_only, style = not style.paper, style._replace(latex=True, paper=True)
    title = _title(page.title, paper, ascii_only=ascii_only) if page.title else ""
    blocks = [
        _framed("", _picture(paper.picture), paper) if paper.picture else "",
        _framed("", _paragraphs(page.before, style), paper),
        *(_section(section, page, style, paper) for section in page.sections),
        _framed("", _paragraphs([*page.after, *(("Note: ", *each) for each in page.conventions())], style), paper),
    ]
    shown = (lettered(block, ascii_only=ascii_only) for block in blocks)
    return "\n".join(block for block in (title, *shown) if block)


def whole(texts: Sequence[str], pages: Sequence[Page], _style: Style, paper: Paper | None = None) -> str:
    """Return the text of pages, as a document where it is to stand alone: what has a title of its own on a new page."""
    if paper is None or not paper.standalone:
        return "\n".join(texts)
    apart = [before.title != page.title and paper.standalone == "article" for before, page in pairwise(pages)]
    body = texts[0] + "".join(
        ("\\newpage\n" if new else "\n") + text for new, text in zip(apart, texts[1:], strict=True)
    )
    begins = _BEGINS[paper.standalone] % f"{paper.points:g}"
    return f"{begins}\\allowdisplaybreaks\n\\begin{{document}}\n{body}\\end{{document}}\n"


def _title(title: str, paper: Paper, *, ascii_only: bool) -> str:
    if not paper.standalone:  # a comment, in which every letter may stand
        text = safe(title)
        return f"% {text.encode('ascii', 'backslashreplace').decode() if ascii_only else text}\n"
    text = lettered(prose(safe(title)), ascii_only=ascii_only)
    if paper.standalone == "article":
        return f"\\section*{{{text}}}\n"
    return f"\\begin{{frame}}\n\\centering\\Large {text}\n\\end{{frame}}\n"


def _picture(path: str) -> str:
    size = r"width=\linewidth,height=.35\textheight,keepaspectratio"
    return f"\\begin{{center}}\n\\includegraphics[{size}]{{{path}}}\n\\end{{center}}\n"


def _framed(heading: str, body: str, paper: Paper) -> str:
    """Return a body under its heading: on slides of its own, where there are slides."""
    if paper.standalone == "beamer":
        return f"\\begin{{frame}}[allowframebreaks]{{{heading}}}\n{body}\\end{{frame}}\n" if body else ""
    title = rf"\subsection*{{{heading}}}" if paper.standalone else rf"\par\medskip\noindent\textbf{{{heading}}}"
    return f"{title}\n{body}" if heading else body


def _section(section: Section, page: Page, style: Style, paper: Paper) -> str:
    scale = _SLIDE if paper.standalone == "beamer" else 1
    setting = Setting(paper.points / scale, _small, _wide, shrunk=lambda text, room: _shrunk(text, scale * room))
    rows = equations(section.rows, page, style, setting)
    block = aligned(rows, together=True) if rows else ""
    curve = _curve(section.plot) if section.plot else ""
    return _framed(section.heading, block + curve + _paragraphs(section.notes, style), paper)


def _curve(plot: Plot) -> str:
    """Return a curve as dots, which need no package."""
    lines, (x, y) = scaled(plot, *_BOX)
    window = seen(plot)
    ends = [
        (0, -10, window.left),
        (_BOX[0] - 20, -10, window.right),
        (-40, 0, window.low),
        (-40, _BOX[1] - 6, window.high),
    ]
    dots = [f"\\put({a:.1f},{b:.1f}){{\\circle*{{1.2}}}}" for line in lines for a, b in line]
    words = [f"\\put({a},{b}){{\\footnotesize ${value:.3g}$}}" for a, b, value in ends]
    axes = [f"\\put(0,{y:.1f}){{\\line(1,0){{{_BOX[0]}}}}}", f"\\put({x:.1f},0){{\\line(0,1){{{_BOX[1]}}}}}"]
    body = "\n".join([*axes, *dots, *words])
    begins = "\\par\\noindent\\begingroup\\setlength{\\unitlength}{1pt}"
    box = f"({_BOX[0] + 50},{_BOX[1] + 20})(-45,-14)"
    return f"{begins}\n\\begin{{picture}}{box}\n{body}\n\\end{{picture}}\\endgroup\\par\n"


def _shrunk(text: str, points: float) -> str:
    """Return what is too wide for a line, as wide as it: for a document with graphicx."""
    return rf"\resizebox{{{points:.0f}pt}}{{!}}{{$\displaystyle {text}$}}"


def _small(found: Sequence[Piece]) -> str:
    """Return what is said beside an equation, in small print."""
    return rf"\text{{\footnotesize {_text(found)}}}"


def _wide(found: Sequence[Piece]) -> float:
    return _SMALL * words(_text(found))


def _text(found: Iterable[Piece]) -> str:
    return "".join(f"${text}$" if math else prose(text) for math, text in found)


def _paragraphs(notes: Iterable[Note], style: Style) -> str:
    return "".join(f"\\par\\noindent {_text(noted(each, style))}\\par\n" for each in notes)
