r"""How wide mathematics in LaTeX is, in points where a digit has five: as Computer Modern at ten points is.

Knows the commands that formulas are made of, `language.latex` and `render.typeset`; nothing of pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Widths of letters, a string of them each: those of formulas, and those of words.
_ITALIC = {
    3.4: "il", 4.4: "bcejoqrst", 5.2: "adIgpvyz", 5.8: "hkxu", 6.2: "fn", 7.5: "wLJSTZ", 8.1: "ABCDEFGOPQRUVXY",
    9.2: "HKNX", 9.0: "m", 10.8: "MW",
}  # fmt: skip
_UPRIGHT = {
    2.8: "il.,;:'|!", 3.9: "frstjI()[]/- ", 4.5: "ceaz", 5.3: "kqvxygo", 5.6: "bdhnpuSJ", 7.2: "wALCEFPTRZB",
    7.8: "DGHKNOQUVXY", 8.4: "m", 10.3: "MW",
}  # fmt: skip
_WIDTHS = [{c: width for width, letters in found.items() for c in letters} for found in (_ITALIC, _UPRIGHT)]
#: Signs with the room on both their sides, and what has none.
_SIGNS = {
    **dict.fromkeys(["=", "<", ">", r"\approx", r"\neq", r"\ge", r"\le", r"\in"], 13.4), r"\leftarrow": 15.6,
    **dict.fromkeys(["+", "-", r"\odot", r"\oslash", r"\otimes", r"\times"], 12.3), r"\cdot": 7.3, r"\circ": 5,
    r"\star": 9.5,
    "(": 3.9, ")": 3.9, "[": 2.8, "]": 2.8, "/": 5, ",": 4.5, r"\lvert": 2.8, r"\rvert": 2.8, r"\lVert": 5,
    r"\rVert": 5, r"\langle": 3.9, r"\rangle": 3.9, r"\,": 1.7, r"\;": 2.8, r"\quad": 10, r"\qquad": 20, r"\cdots": 15,
    r"\vdots": 2.8, r"\sum": 16.1, r"\ell": 4.2, r"\partial": 6, r"\checkmark": 8.4, "|": 2.8, "&": 0,
    r"\footnotesize": 0, r"\top": 7.8, r"\dots": 13,
    r"\ln": 9, r"\Gamma": 6.3, r"\psi": 6.9, "'": 2.8,
}  # fmt: skip
_SCRIPT, _COLUMN, _FENCE, _BAR = 0.8, 10, 8.5, 2.4
#: The last letter that every LaTeX may have, and the width of others, of which the numbers are set.
LATIN, _NUMBERED = "\u017f", 37
_ROMAN = frozenset({r"\mathrm", r"\mathbf", r"\operatorname", r"\texttt", r"\text", r"\textasciicircum"})
_FUNCTION = re.compile(r"\\(?:arc)?(?:exp|log|sin|cos|tan|sinh|cosh|tanh|det|max|min)$")
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)


def width(text: str) -> float:
    r"""Return about how wide mathematics is, rather too wide than too narrow.

    >>> width("12"), width(r"\frac{1}{22}"), width(r"\begin{bmatrix} 1 & 22 \\ 3 & 4 \end{bmatrix}") > 25
    (10.0, 12.4, True)
    """
    return _Reader(text).row(None)


def words(text: str) -> float:
    """Return about how wide words are, in which `$` goes into mathematics and out of it."""
    parts = text.split("$")
    return sum(width(part) if place % 2 else _Reader(part).row(None, upright=True) for place, part in enumerate(parts))


class _Reader:
    """Reads a text from left to right."""

    def __init__(self, text: str) -> None:
        self.tokens: Iterator[str] = iter(_TOKEN.findall(text))

    def row(self, end: str | None, *, upright: bool = False) -> float:
        """Return the width of what comes before `end`, or of all the rest; both scripts of a letter count once."""
        found = scripts = 0.0
        for part in self.tokens:
            if part == end:
                break
            if part in "^_":
                script = _SCRIPT * self.group()
                found += max(script - scripts, 0)
                scripts = max(script, scripts)
            elif upright or not part.isspace():
                scripts = 0.0
                found += self.one(part, upright=upright)
        return found

    def group(self, *, upright: bool = False) -> float:
        """Return the width of the next group."""
        part = next((each for each in self.tokens if not each.isspace()), "")
        return self.row("}", upright=upright) if part == "{" else self.one(part, upright=upright)

    def one(self, part: str, *, upright: bool = False) -> float:
        """Return the width of what begins with `part`."""
        if part == "{":
            return self.row("}", upright=upright)
        if part in _ROMAN:
            return (1 if part != r"\texttt" else 1.15) * self.group(upright=True) + 1.7
        if part in (r"\frac", r"\tfrac"):
            return max(self.group(), self.group()) + _BAR
        if part in (r"\sqrt", r"\hat"):
            return self.group() + (10 if part == r"\sqrt" else 0)
        if part == r"\begin":
            return self.block()
        if part == r"\rule":
            return min(self.group(), self.group(), 5)
        if part in (r"\left", r"\right"):
            return 0 if next(self.tokens, "") == "." else _FENCE
        if upright:
            usual = _NUMBERED if part > LATIN else 5.2
            return _WIDTHS[1].get(part.lower() if part.isspace() else part, usual) if len(part) == 1 else 5.2
        if _FUNCTION.match(part):
            return 5.6 * (len(part) - 1) + 1.7
        return _SIGNS.get(part, 5.0 if part.isdecimal() or part == "." else _WIDTHS[0].get(part, 6.5))

    def block(self) -> float:
        r"""Return the width of a matrix, of which `\begin` was read."""
        name = self.name()
        if name == "array":
            self.group()
        widest: dict[int, float] = {}
        column = found = 0.0
        for part in self.tokens:
            if part == r"\end":
                self.name()
                break
            if part in ("&", r"\\"):
                column, found = (column + 1, 0.0) if part == "&" else (0.0, 0.0)
            elif part in "^_":
                found += _SCRIPT * self.group()
            elif not part.isspace():
                found += self.one(part)
            widest[int(column)] = max(widest.get(int(column), 0.0), found)
        scale, apart = (_SCRIPT, _COLUMN / 2) if name == "smallmatrix" else (1, _COLUMN)
        fences = _FENCE * {"bmatrix": 2, "cases": 1}.get(name, 0)  # others stand between their own
        return scale * sum(widest.values()) + apart * (len(widest) - 1) + fences

    def name(self) -> str:
        """Return the name of a block."""
        letters: list[str] = []
        for part in self.tokens:
            if part == "}":
                break
            letters.append(part)
        return "".join(letters).removeprefix("{")
