"""Rounding as a person does who writes every step down to so many places. Knows numbers alone."""

from __future__ import annotations

from typing import NamedTuple

from nncalc.language.figures import Exact


class Rounding(NamedTuple):
    """To how many places after the point every step is rounded, and whether a half goes to the even digit."""

    places: int
    even: bool = False

    def of(self, value: Exact) -> Exact:
        """Return a value as it is written down.

        >>> from nncalc.language.figures import exact
        >>> Rounding(2).of(exact("0.125")), Rounding(2, even=True).of(exact("-0.125")), Rounding(0).of(exact("7/2"))
        (Fraction(13, 100), Fraction(-3, 25), 4)
        """
        from fractions import Fraction

        scale = 10**self.places
        scaled = abs(value) * scale
        whole, rest = divmod(scaled.numerator, scaled.denominator)
        half = 2 * rest - scaled.denominator
        if half > 0 or (half == 0 and (whole % 2 or not self.even)):
            whole += 1
        found = Fraction(whole if value > 0 else -whole, scale)
        return found.numerator if found.denominator == 1 else found

    def __str__(self) -> str:
        """Return what is said of it on a page."""
        count = f"{self.places} place{'' if self.places == 1 else 's'} after the point"
        return f"every step is rounded to {count}, a half {'to the even digit' if self.even else 'away from 0'}"
