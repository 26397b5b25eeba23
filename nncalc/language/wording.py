"""Wording: formulas that differ by what stands in their places alone are written alike.

Where brackets stand hangs on the kind of what is put in, a name or a number with or without a minus, never on its text:
a template for each is found once, by writing the formula with holes. Knows formulas and their texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from nncalc.language.formula import Call, Formula, Name, Num, call, literal, name, names_in, replace
from nncalc.language.parser import is_number
from nncalc.language.printer import Style, show

#: For how many numbers at most there are templates: with each that may have a minus there are twice as many.
_MOST_NUMBERS = 8


class Wording:
    """How a formula is written with other names, or numbers, in its places; a class because templates gather in it."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.names = names_in(formula)
        self.templates: dict[tuple[bool, ...] | None, str] = {}

    def filled(self, atoms: Sequence[Formula]) -> Formula:
        """Return the formula with these in its places."""
        new: dict[Formula, Formula] = dict(zip(self.names, atoms, strict=True))
        return replace(self.formula, new)

    def named(self, names: Sequence[Name]) -> str:
        """Return the text in ASCII of the formula with these names."""
        template = self.templates.get(None)
        if template is None:
            template = self.templates[None] = show(self.filled([Name(hole, (), None) for hole in self.holes()]))
        return template.format(*[of.id for of in names])

    def numbered(self, texts: Sequence[str]) -> str:
        """Return the text in ASCII of the formula with the decimal numbers that these texts are."""
        below = tuple([text[0] == "-" for text in texts])
        template = self.templates.get(below)
        if template is None:
            holes = [Num(hole) for hole in self.holes()]
            signed = [call("neg", hole) if minus else hole for hole, minus in zip(holes, below, strict=True)]
            template = self.templates[below] = show(self.filled(signed))
        return template.format(*[text[1:] if text[0] == "-" else text for text in texts])

    def holes(self) -> list[str]:
        return [f"{{{place}}}" for place in range(len(self.names))]


class Filled:
    """A formula by its wording and what is in its places, names or else numbers as texts."""

    __slots__ = ("names", "numbers", "wording")

    def __init__(self, wording: Wording, names: tuple[Name, ...] = (), numbers: tuple[str, ...] = ()) -> None:
        self.wording: Final = wording
        self.names: Final = names
        self.numbers: Final = numbers

    @property
    def formula(self) -> Formula:
        """The formula itself."""
        return self.wording.filled(self.names or [literal(text) for text in self.numbers])

    def text(self, style: Style) -> str:
        """Return what `show` does of it."""
        if style.paper or style.latex or style.mathml:
            return show(self.formula, style)
        if self.names:
            return self.wording.named(self.names)
        said = "".join(self.numbers)
        if len(self.numbers) > _MOST_NUMBERS or "/" in said or "+" in said:
            return show(self.formula, style)
        return self.wording.numbered(self.numbers)


def wording(formula: Call) -> Wording | None:
    """Return the wording of a formula; None where it may be a number itself once numbers are put in."""
    ones: dict[Formula, Formula] = dict.fromkeys(names_in(formula), Num("1"))
    return None if is_number(replace(formula, ones)) else Wording(formula)


#: What is nothing but one thing put in.
ALONE = Wording(name("x"))
