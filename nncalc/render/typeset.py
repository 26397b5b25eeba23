r"""What every LaTeX output needs beside formulas: words in which nothing acts, shapes, blocks."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from nncalc.graph.sizes import Shape, size_formula
from nncalc.language.alphabet import WORDS
from nncalc.language.formula import Call
from nncalc.language.latex import quantity
from nncalc.language.printer import Style, show
from nncalc.render.metrics import LATIN

#: Rows from which on a block may be broken between two pages.
_MANY = 12
#: What stands for a sign that no line ends after.
_NEARLY = "\0"
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
    "≈": r"$\approx$",
    _NEARLY: r"$\approx$~",
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
#: Letters beyond ASCII that every LaTeX has, and the marks that it sets above and below others; how both are typed.
_LETTERS = {
    "ß": "ss", "Æ": "AE", "æ": "ae", "Ø": "O", "ø": "o", "Œ": "OE", "œ": "oe", "Ł": "L", "ł": "l", "ı": "i",
}  # fmt: skip
_MARKS = dict(
    zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327", "`'^~=u.\"rHvc", strict=True)
)


def prose(text: str) -> str:
    r"""Return words as LaTeX text, in which nothing acts.

    >>> prose("50% of `W_1`: 3×2"), prose(r"\input{x} ö")
    ('50\\% of \\texttt{W\\_1}: 3$\\times$2', '\\textbackslash{}input\\{x\\} ö')
    """
    parts = ["".join(map(_said, part)).replace("--", "-{}-") for part in text.replace("≈ ", _NEARLY).split("`")]
    if len(parts) % 2 == 0:
        return "`".join(parts)
    return "".join(rf"\texttt{{{part}}}" if place % 2 else part for place, part in enumerate(parts))


def _said(character: str) -> str:
    if character in _PROSE:
        return _PROSE[character]
    if character in WORDS:
        return f"${quantity(WORDS[character])}$"
    return character if character.isprintable() else f"U+{ord(character):04X}"


def lettered(text: str, *, ascii_only: bool = False) -> str:
    r"""Return LaTeX with the letters that every LaTeX has, in place of others their numbers; `ascii_only` if asked for.

    >>> lettered("größe, вес"), lettered("größe", ascii_only=True)
    ('größe, \\texttt{U+0432}\\texttt{U+0435}\\texttt{U+0441}', 'gr{\\"o}{\\ss}e')
    """
    return text if text.isascii() else "".join(c if c.isascii() else _letter(c, ascii_only=ascii_only) for c in text)


def _letter(character: str, *, ascii_only: bool) -> str:
    stem, mark = (*unicodedata.normalize("NFD", character), "")[:2]
    if character in _LETTERS:
        typed = _LETTERS[character]
    elif character <= LATIN and stem.isascii() and mark in _MARKS:
        typed = _MARKS[mark] + (stem if not _MARKS[mark].isalpha() else f"{{{stem}}}")
    else:
        return rf"\texttt{{U+{ord(character):04X}}}"
    return rf"{{\{typed}}}" if ascii_only else character


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
