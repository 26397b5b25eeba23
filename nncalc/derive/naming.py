"""Names for what has none yet: the function, the gradient that arrives, the parts that are used twice."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nncalc.language.formula import Formula, Name, name, names_in

#: What a name of each kind may be called, in order.
_LETTERS = {"f": "fhFqr", "g": "gGvw", "H": "HKMQ", "u": "uvwst", "r": "rpqe", "Z": "ZYVU"}


def unused(wish: str, formulas: Iterable[Formula], sizes: Collection[str] = ()) -> Name:
    """Return a name that neither a formula nor a size has: `wish`, a letter like it, or `wish` with a number."""
    taken = set(sizes)
    for formula in formulas:
        for each in names_in(formula):
            taken |= {each.base, each.of.base} if each.of else {each.base}
    for letter in _LETTERS[wish]:
        if letter not in taken:
            return name(letter)
    count = 1
    while f"{wish}{count}" in taken:
        count += 1
    return name(f"{wish}{count}")
