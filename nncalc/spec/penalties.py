"""Penalties: what is added to a loss so that weights stay small."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Final, NamedTuple

from nncalc.language.figures import text_of
from nncalc.problems import nearest
from nncalc.spec.amounts import above, amount, rational, scaled
from nncalc.spec.draft import Draft
from nncalc.spec.node import Node
from nncalc.spec.values import one_number
from nncalc.spec.words import either, joined, shown

_HALF: Final = Fraction(1, 2)


class Penalty(NamedTuple):
    """A kind of penalty: its keys beside those of all, and the factor of its squares where nothing else is said."""

    keys: tuple[str, ...]
    factor: Fraction = Fraction(1)


PENALTIES: Final = {
    "l1": Penalty(()),
    "l2": Penalty(("factor",)),
    "elastic": Penalty(("ratio", "factor"), _HALF),
}
KEYS: Final = ("type", "strength", "of", "intercepts")
_HINT: Final = 'like `penalties = [{ type = "l2", strength = 0.1 }]`'


def add_penalties(node: Node, draft: Draft) -> str:
    """Return the penalties of a loss as terms to be added to it, and note what they are; nothing where it has none."""
    given = node.get("penalties")
    if given is None:
        return ""
    if not isinstance(given.value, list):
        raise given.expected("a list of tables", _HINT)
    terms = [term for place in range(len(given.value)) for term in _terms(given.at(place), draft)]
    return "".join(f" + {term}" for term in terms)


def _terms(node: Node, draft: Draft) -> Iterator[str]:
    """Yield the terms of one penalty."""
    node.table([*KEYS, *dict.fromkeys(key for each in PENALTIES.values() for key in each.keys)])
    kind = node.need("type", f"one of {either(PENALTIES)}").choice(PENALTIES)
    node.table([*KEYS, *PENALTIES[kind].keys])
    strength = rational(above(node.need("strength", "how much it weighs, such as 0.1"), 0))
    weights, said = _weights(node, draft)
    factor_node = node.get("factor")
    factor = rational(above(factor_node, 0)) if factor_node else PENALTIES[kind].factor
    ratio = {"l1": Fraction(1), "l2": Fraction(0)}.get(kind)
    if ratio is None:
        ratio = _ratio(node.get("ratio"))
    absolute, square = strength * ratio, strength * (1 - ratio)
    half = "/2" if factor == _HALF else ""  # which the 2 of a square's slope cancels
    square *= 1 if half else factor
    found = []
    if absolute:
        yield scaled(_summed([f"norm1({each})" for each in weights]), absolute)
        found.append(f"{amount(absolute)} times the sum of the absolute values")
    if square:
        yield scaled(_summed([f"norm2({each})^2" for each in weights]), square) + half
        found.append(f"{amount(square)}{half} times the sum of the squares")
    usual = f"; factor = {'1' if half else '0.5'} is also usual" if square and factor_node is None else ""
    draft.notes.append(f"{kind} adds {joined(found)} of {said}{usual}")


def _ratio(node: Node | None) -> Fraction:
    """Return how much of an elastic penalty is absolute values."""
    if node is None:
        return _HALF
    value = one_number(node)
    if not 0 <= value <= 1:
        raise node.problem(f"must lie between 0 and 1, not {text_of(value)}", code="domain")
    return rational(value)


def _summed(terms: list[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' + '.join(terms)})"


def _weights(node: Node, draft: Draft) -> tuple[list[str], str]:
    """Return what is penalized, as formulas and in words: biases that are named, intercepts that are asked for."""
    of, intercepts = node.get("of"), node.get("intercepts")
    if intercepts is not None and not isinstance(intercepts.value, bool):
        raise intercepts.expected("`true` or `false`")
    names = [*draft.weights] if of is None else [_parameter(each, draft) for each in _listed(of)]
    if not names:
        raise node.problem("there are no weights to penalize", "`of` names parameters")
    cut = [each for each in names if each in draft.folded and not (intercepts and intercepts.value)]
    if intercepts is not None and not any(each in draft.folded for each in names):
        raise intercepts.problem("none of what is penalized holds intercepts")
    said = joined([f"`{each}`" for each in names])
    if cut:
        parts = dict.fromkeys(draft.folded[each].part for each in cut)
        of_each = [
            f"{part} of {joined([f'`{each}`' for each in cut if draft.folded[each].part == part])}" for part in parts
        ]
        said += f" without {joined(of_each)}, the intercepts"
    elif of is None and len(draft.parameters) > len(names):
        said += ", no bias"
    return [draft.folded[each].others if each in cut else each for each in names], said


def _listed(node: Node) -> list[Node]:
    if isinstance(node.value, list) and node.value:
        return [node.at(place) for place in range(len(node.value))]
    if isinstance(node.value, str):
        return [node]
    raise node.expected("a name or a list of names", 'like `of = ["W1"]`')


def _parameter(node: Node, draft: Draft) -> str:
    found = node.name()
    if found not in draft.parameters:
        near = nearest(found, draft.parameters)
        known = f"the parameters are {joined([f'`{each}`' for each in draft.parameters])}" if draft.parameters else None
        raise node.problem(
            f"{shown(found)} is no parameter", f"did you mean `{near}`?" if near else known, "name",
        )  # fmt: skip
    return found
