"""Elements as sums of monomials, and the texts by which equal ones are known.

A monomial is powers of entries under sums over index variables; whatever these are called, its key is the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from nncalc.algebra.terms import ONE


class Atom(NamedTuple):
    """A factor: an entry of `head`, a delta, a function of elements, or (`sum`) a sum that has an exponent.

    Of one with `swaps`, the two indices may be exchanged.
    """

    op: str
    head: str = ""
    at: tuple[str, ...] = ()
    args: tuple[Element, ...] = ()
    swaps: bool = False


class Monomial(NamedTuple):
    """Atoms with their exponents, under the sums over `bound`."""

    bound: tuple[str, ...]
    powers: tuple[tuple[Atom, Fraction], ...]


#: A sum of monomials, each with its number.
Element: TypeAlias = tuple[tuple[Monomial, Fraction], ...]

NO_ATOMS = Monomial((), ())


# -- keys: texts that are equal for equal elements ----------------------------------------------------------


def key(element: Element, names: Mapping[str, str]) -> str:
    """Return the key of an element whose free index variables have these names."""
    return "+".join(sorted(f"{value}*{monomial_key(monomial, names)}" for monomial, value in element))


def monomial_key(monomial: Monomial, names: Mapping[str, str]) -> str:
    """Return the key of a monomial, the same whatever the variables of its sums are called."""
    return _coloured(monomial, names, dict.fromkeys(monomial.bound, 0))


def _coloured(monomial: Monomial, names: Mapping[str, str], colours: dict[str, int]) -> str:
    colours = _refined(monomial, names, colours)
    depth = len(names)
    classes: dict[int, list[str]] = {}
    for each, colour in sorted(colours.items(), key=lambda pair: pair[1]):
        classes.setdefault(colour, []).append(each)
    tied = next((group for group in classes.values() if len(group) > 1), None)
    if tied is not None:
        return min(_coloured(monomial, names, {**colours, each: len(colours) + 1}) for each in tied)
    named = {**names, **{each: f"b{depth}.{colour}" for each, colour in colours.items()}}
    return f"[{len(colours)}]" + "*".join(sorted(f"{atom_key(atom, named)}^{power}" for atom, power in monomial.powers))


def _refined(monomial: Monomial, names: Mapping[str, str], colours: dict[str, int]) -> dict[str, int]:
    """Tell the variables of a monomial's sums apart by where they stand, as far as that goes."""
    while len(set(colours.values())) < len(colours):
        seen = {each: f"?{colour}" for each, colour in colours.items()}
        views = {}
        for each, colour in colours.items():
            named = {**names, **seen, each: "*"}
            places = [f"{atom_key(atom, named)}^{power}" for atom, power in monomial.powers if uses(atom, each)]
            views[each] = (colour, tuple(sorted(places)))
        ranks = {view: rank for rank, view in enumerate(sorted(set(views.values())))}
        finer = {each: ranks[view] for each, view in views.items()}
        if len(ranks) == len(set(colours.values())):
            return finer
        colours = finer
    ranks_now = {colour: rank for rank, colour in enumerate(sorted(set(colours.values())))}
    return {each: ranks_now[colour] for each, colour in colours.items()}


def atom_key(atom: Atom, names: Mapping[str, str]) -> str:
    index = [names.get(each, each) for each in atom.at]
    if atom.swaps:
        index.sort()
    args = ";".join(key(arg, names) for arg in atom.args)
    return f"{atom.op}{{{atom.head}}}[{','.join(index)}]({args})"


def uses(atom: Atom, index: str) -> bool:
    """Return whether an index variable stands in an atom."""
    return index in atom.at or any(
        uses(inner, index) for arg in atom.args for monomial, _ in arg for inner, _ in monomial.powers
    )


def moved(element: Element, new: Mapping[str, str]) -> Element:
    """Return an element with other index variables."""
    return tuple((moved_monomial(monomial, new), value) for monomial, value in element)


def moved_monomial(monomial: Monomial, new: Mapping[str, str]) -> Monomial:
    powers = tuple((_moved_atom(atom, new), power) for atom, power in monomial.powers)
    return Monomial(tuple(new.get(each, each) for each in monomial.bound), powers)


def _moved_atom(atom: Atom, new: Mapping[str, str]) -> Atom:
    index = tuple(new.get(each, each) for each in atom.at)
    return atom._replace(at=index, args=tuple(moved(arg, new) for arg in atom.args))


def collapsed(monomial: Monomial) -> Monomial:
    """Return a monomial in which each delta of a variable that is summed over has kept its one term."""
    for place, (atom, _) in enumerate(monomial.powers):
        if atom.op != "delta":
            continue
        one, other = sorted(atom.at)
        rest = Monomial(monomial.bound, monomial.powers[:place] + monomial.powers[place + 1 :])
        if one == other:
            return collapsed(rest)
        gone = one if one in monomial.bound else other
        to = other if gone is one else one
        if gone in monomial.bound:
            bound = tuple(each for each in monomial.bound if each != gone)
            return collapsed(Monomial(bound, moved_monomial(rest, {gone: to}).powers))
        if any(uses(each, other) for each, _ in rest.powers):
            settled = collapsed(moved_monomial(rest, {other: one}))
            return Monomial(settled.bound, (*settled.powers, (atom, ONE)))
    return monomial
