"""Names for what has none yet: the function, the gradient that arrives, the parts that are used twice."""

from __future__ import annotations

from collections.abc import Iterable

from nncalc.formula import Formula, Name, name, names_in

_OTHERS = {"f": "hFqr", "g": "Gvw", "H": "KMQ", "u": "vwst", "r": "pqe"}


def unused(wish: str, formulas: Iterable[Formula]) -> Name:
    """Return a name that none of the formulas uses: `wish`, a letter like it, or `wish` with a number."""
    taken = {each.base for formula in formulas for each in names_in(formula)}
    taken |= {each.of.base for formula in formulas for each in names_in(formula) if each.of}
    for letter in (wish, *_OTHERS.get(wish, "")):
        if letter not in taken:
            return name(letter)
    count = 1
    while f"{wish}{count}" in taken:
        count += 1
    return name(f"{wish}{count}")
