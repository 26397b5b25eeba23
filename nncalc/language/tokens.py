"""Text to tokens: numbers, words, texts in quotes, subscripts, superscripts, and the signs of the operation table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple, NoReturn

from nncalc.language.alphabet import LOW_LETTERS, RAISED_LEFT, RAISED_RIGHT, SUBSCRIPTS, SUPERSCRIPTS
from nncalc.ops import OPS
from nncalc.ops.kinds import Fence, Function, Infix, Postfix
from nncalc.problems import Problem, Span

INFIX: Mapping[str, tuple[str, Infix]] = {
    sign: (op.name, op.notation)
    for op in OPS.values()
    if isinstance(op.notation, Infix) and op.name != "add"
    for sign in {op.notation.sign, *op.notation.also, op.notation.unicode} - {"", " "}
} | {sign: ("mul", OPS["mul"].notation) for sign in "·×" if isinstance(OPS["mul"].notation, Infix)}
POSTFIX: Mapping[str, str] = {
    sign: op.name
    for op in OPS.values()
    if isinstance(op.notation, Postfix)
    for sign in (op.notation.sign, *op.notation.also, op.notation.unicode)
}
#: The operations that are written in a fence, by the sign that opens it; one without a subscript first.
FENCES: dict[str, list[tuple[str, Fence]]] = {}
for _op in OPS.values():
    if isinstance(_op.notation, Function) and _op.notation.fence is not None:
        FENCES.setdefault(_op.notation.fence.left, []).append((_op.name, _op.notation.fence))
_FENCE_SIGNS = {sign for found in FENCES.values() for _, fence in found for sign in (fence.left, fence.right)}

_SIGNS = sorted(
    {*INFIX, *POSTFIX, *_FENCE_SIGNS, *"+-−()[]{},;:=<>│⊗⋆∑′″", "⁻¹", "⁻ᵀ", "‖_F"}, key=lambda sign: -len(sign)
)
#: A point that no digit follows belongs to the number unless it begins an operator: `2.*x` is 2 times x.
_NUMBER = r"[0-9]+(?:\.[0-9]+|\.(?=[eE][+-]?[0-9]|[^\w*/^'.]|$))?(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
#: The digits of a name that has entries.
_LAYER = f"(?:{RAISED_LEFT}[{SUPERSCRIPTS}]+(?:,[{SUPERSCRIPTS}]+)*{RAISED_RIGHT})?"


class Token(NamedTuple):
    """A word of the text: its kind (`number word text sub sup sign end`), its characters, where it starts."""

    kind: str
    text: str
    start: int

    @property
    def span(self) -> Span:
        return Span(self.start, self.start + max(1, len(self.text)))


@cache
def _pattern(low: str) -> re.Pattern[str]:
    """Return the pattern of one token, in which the characters `low` are subscripts."""
    return re.compile(
        rf"(?P<blank>[ \t\r\n]+|\#[^\n]*)|(?P<number>{_NUMBER})|(?P<text>\"[^\"\n]*\")"
        rf"|(?P<word>∂|ℓ{_LAYER}|(?![{SUPERSCRIPTS}{low}ᵀ])[^\W\d_](?:[\u0300-\u036f]|(?![{SUPERSCRIPTS}{low}ᵀ])\w)*"
        rf"{_LAYER}[{low}]*(?:,[{low}]+)*)"
        rf"|(?P<sub>[{low}]+(?:,[{low}]+)*)|(?P<sup>[{SUPERSCRIPTS}]+)"
        rf"|(?P<sign>{'|'.join(map(re.escape, _SIGNS))})"
    )


def tokens(text: str, *, calculus: bool = False) -> list[Token]:
    """Return the tokens of `text`, without blanks and comments, closed by one of kind `end`.

    With `calculus` a letter may be a subscript too, as in Aᵢ,ₖ. Raises Problem (`syntax`) at a character that begins
    no token.
    """
    match_at = _pattern(SUBSCRIPTS + LOW_LETTERS if calculus else SUBSCRIPTS).match
    found: list[Token] = []
    position = 0
    while position < len(text):
        match = match_at(text, position)
        if match is None:
            _unreadable(text, position)
        kind = match.lastgroup or ""
        if kind != "blank":
            found.append(Token(kind, match.group(), position))
        position = match.end()
    return [*found, Token("end", "", len(text))]


def _unreadable(text: str, position: int) -> NoReturn:
    character = text[position]
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    column = position - text.rfind("\n", 0, position)
    raise Problem(f"unexpected `{shown}` at column {column}", Span(position, position + 1), None, "syntax")
