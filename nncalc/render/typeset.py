r"""What every LaTeX output needs beside formulas: words in which nothing acts, shapes, blocks."""

from __future__ import annotations

from collections.abc import Sequence

from nncalc.graph.sizes import Shape, size_formula
from nncalc.language.alphabet import WORDS
from nncalc.language.formula import Call
from nncalc.language.latex import harmless, quantity
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
    "█": r"\rule{0.5em}{0.6em}",
    "▌": r"\rule{0.25em}{0.6em}",
}


def prose(text: str) -> str:
    r"""Return words as LaTeX text, in which nothing acts.

    >>> prose("50% of `W_1`: 3×2"), prose(r"\input{x} я")
    ('50\\% of \\texttt{W\\_1}: 3$\\times$2', '\\textbackslash{}input\\{x\\} \\texttt{U+044F}')
    """
    parts = ["".join(map(_said, part)).replace("--", "-{}-") for part in text.split("`")]
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


def aligned(rows: Sequence[Sequence[str]], *, together: bool) -> str:
    """Return the lines of rows as an `align*` block; one of many may be broken between two pages.

    The lines of one row stay `together` on a page.
    """
    end = r" \\*" if together else r" \\"
    body = " \\\\\n".join(f"{end}\n".join(f"  {line}" for line in row) for row in rows)
    block = f"\\begin{{align*}}\n{body}\n\\end{{align*}}\n"
    many = sum(map(len, rows)) >= _MANY
    return f"\\begingroup\\allowdisplaybreaks\n{block}\\endgroup\n" if many else block
