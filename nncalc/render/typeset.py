r"""What every LaTeX output needs beside formulas: words in which nothing acts, and long sums in several lines."""

from __future__ import annotations

from nncalc.graph.sizes import Shape, size_formula
from nncalc.language.alphabet import SUBSCRIPTS, WORDS, parted, spelled
from nncalc.language.brackets import Writer, is_layer, rows_of, terms
from nncalc.language.formula import Call, Formula, Name, Num
from nncalc.language.latex import LATEX, harmless, quantity
from nncalc.language.printer import Style, show

#: Rows from which on a block may be broken between two pages.
_MANY = 12
#: Characters of prose that would act in LaTeX, or that its fonts lack.
_PROSE = {
    **{c: f"\\{c}" for c in "{}$&#%_"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": "$<$",
    ">": "$>$",
    "|": "$|$",
    '"': "''",
    "½": r"$\tfrac{1}{2}$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "⊙": r"$\odot$",
    "⊘": r"$\oslash$",
    "′": "$'$",
    "∂": r"$\partial$",
    "ℓ": r"$\ell$",
    "‖": r"$\|$",
    "₁": "$_1$",
    "₂": "$_2$",
    "ŷ": r"$\hat{y}$",
    "…": r"\dots{}",
}


def prose(text: str) -> str:
    r"""Return words as LaTeX text, in which nothing acts.

    >>> prose("50% of `W_1`: 3×2"), prose(r"\input{x} я")
    ('50\\% of \\texttt{W\\_1}: 3$\\times$2', '\\textbackslash{}input\\{x\\} \\texttt{U+044F}')
    """
    parts = ["".join(map(_said, part)) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(rf"\texttt{{{part}}}" if place % 2 else part for place, part in enumerate(parts))


def _said(character: str) -> str:
    if character in _PROSE:
        return _PROSE[character]
    if character in WORDS:
        return f"${quantity(WORDS[character])}$"
    if character.isascii() and character.isprintable():
        return character
    return rf"\texttt{{{harmless(character)}}}"


def sized(shape: Shape, style: Style) -> str:
    """Return a shape in LaTeX, a size that is a product or a sum in brackets."""
    texts = [(size, show(size, style._replace(latex=True))) for size in map(size_formula, shape)]
    return r" \times ".join(f"({text})" if isinstance(size, Call) else text for size, text in texts)


def aligned(rows: list[str]) -> str:
    """Return rows as an `align*` block; one of many rows may be broken between two pages."""
    body = " \\\\\n".join(row if row.startswith("  ") else f"  {row}" for row in rows)
    block = f"\\begin{{align*}}\n{body}\n\\end{{align*}}\n"
    return f"\\begingroup\\allowdisplaybreaks\n{block}\\endgroup\n" if len(rows) >= _MANY else block


def broken(formula: Formula, style: Style, most: float) -> list[str]:
    """Return `formula` in LaTeX, a long sum in several lines of about `most` characters as they are seen."""
    writer = Writer(style._replace(latex=True), LATEX)
    if not isinstance(formula, Call) or formula.op != "add":
        return [writer.show(formula)]
    lines: list[str] = []
    room = 0.0
    for term, text in zip(formula.args, terms(writer, formula), strict=True):
        size = seen(term, style) + 3
        if lines and size <= room:
            lines[-1] += " " + text
            room -= size
        else:
            lines.append(text)
            room = most - size
    return lines


def seen(formula: Formula, style: Style) -> float:
    """Return about how many digits wide `formula` is, as it is seen."""
    if isinstance(formula, Num):
        return len(formula.text)
    if isinstance(formula, Name):
        width = 1.2 if len(spelled(formula.base).rstrip(SUBSCRIPTS)) == 1 else len(formula.base)
        below = len(",".join(map(str, formula.index)))
        if is_layer(formula, style):
            stem, digits = parted(formula.base)
            width = (1.2 if len(spelled(stem)) == 1 else len(stem)) + 0.8 * max(len(digits) + 2, below)
        else:
            width += 0.8 * below
        return width if formula.of is None else 1 + max(width, seen(formula.of, style))
    if formula.op == "div":
        return max(seen(arg, style) for arg in formula.args)
    if formula.op in ("column", "matrix"):
        widths = [[seen(entry, style) for entry in row] for row in rows_of(formula)]
        return sum((max(column) + 2 for column in zip(*widths, strict=True)), 0.0)
    paper = style._replace(latex=False, paper=True)
    between = len(show(formula, paper)) - sum(len(show(arg, paper)) for arg in formula.args)
    if formula.op == "mul":
        between //= 2
    return between + sum(seen(arg, style) for arg in formula.args)
