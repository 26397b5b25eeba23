"""Names for what has none yet: the function, the gradient that arrives, the parts used twice, the letters of rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from nncalc.language.formula import Formula, Name, name, names_in

_GREEK, _RULES = ("delta", "eta", "zeta", "xi", "nu", "kappa"), ("phi", "psi", "chi", "omega", "tau", "rho")
#: What a name of each kind may be called, in order.
_LETTERS = {
    "f": [*"fhFqr"], "g": [*"gGvw"], "H": [*"HKMQ"], "Z": [*"ZYVU"], "Delta": ["Delta", "Xi", "Lambda"],
    "u": [*"uvwstzabckm"], "p": [*"puvwstzabckm"], "r": [*"rpqe", *_GREEK],
    "U": [*"UVWSTZABCKM"], "P": [*"PUVWSTZABCKM"], "R": [*"RPQEVWST"],
}  # fmt: skip
#: What a rule's letters may be called: those that stand together, and the gradient that arrives, each in order.
_TOGETHER = (
    ("AB", ("AB", "PQ", "MN", "UV", "RS", "CD", "EF", "GH"), [*"ABCDEFGHKLMNPQRSTUVWXYZ"]),
    ("xy", ("xy", "uv", "pq", "st", "ab", "wz", "mn"), [*"xyzuvwstpqabcehkmnr", *_RULES]),
    ("u", ("u", "v", "w", "z", "t", "s"), [*"uvwzstpqabcehkmnrxy", *_RULES]),
    ("g", ("g", "G", "h"), [*"gGhEHKLDFM"]),
)


def unused(wish: str, formulas: Iterable[Formula], sizes: Collection[str] = ()) -> Name:
    """Return a name that neither a formula nor a size has: `wish`, a letter like it, or `wish` with a number."""
    taken = _taken(formulas, sizes)
    for letter in _LETTERS[wish]:
        if letter not in taken:
            return name(letter)
    return name(_numbered(wish, taken))


def _taken(formulas: Iterable[Formula], sizes: Collection[str]) -> set[str]:
    taken = set(sizes)
    for formula in formulas:
        for each in names_in(formula):
            taken |= {each.base, each.of.base} if each.of else {each.base}
    return taken


def _numbered(wish: str, taken: Collection[str]) -> str:
    count = 1
    while f"{wish}{count}" in taken:
        count += 1
    return f"{wish}{count}"


def rule_letters(
    rules: Iterable[Formula], formulas: Iterable[Formula], sizes: Collection[str]
) -> dict[Formula, Formula]:
    """Return what the letters of rules become where the problem has them: letters that nothing else has.

    Letters that stand together, as in d(A B), move together.
    """
    problem = _taken(formulas, sizes)
    own = {each.base for rule in rules for each in names_in(rule) if each.base not in sizes}
    new: dict[str, str] = {}
    for letters, choices, others in _TOGETHER:
        used = [letter for letter in letters if letter in own]
        taken = problem | set(new.values()) | (own - set(letters))
        free = next((each for each in choices if not taken & set(each)), None) if used else None
        singles = [letter for letter in others if letter not in taken]
        for letter in used:
            fresh = singles.pop(0) if singles else _numbered(letter, taken | set(new.values()))
            new[letter] = free[letters.index(letter)] if free is not None else fresh
    for letter in sorted(own & problem - set(new)):
        new[letter] = _numbered(letter.rstrip("0123456789"), problem | own | set(new.values()))
    return {name(letter): name(to) for letter, to in new.items()}
