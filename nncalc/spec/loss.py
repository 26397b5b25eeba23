"""The loss of a network: its equation, its target, and the conventions that go with it."""

from __future__ import annotations

from typing import Final

from nncalc.language.figures import Exact, exact_of, text_of
from nncalc.ops.kinds import Loss
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.layers import LOSSES
from nncalc.spec.names import Names
from nncalc.spec.node import Node
from nncalc.spec.statements import EXAMPLES, Statement
from nncalc.spec.target import add_target
from nncalc.spec.values import one_number

_PLURAL: Final = {"entry": "entries", "example": "examples"}
KEYS: Final = ("type", "name", "target", "factor", "reduction")


def named_by_loss(node: Node, names: Names) -> dict[str, str]:
    """Return the names that the user gave to the loss and to the target, taken."""
    node.table(KEYS)
    target = node.get("target")
    given = {"loss": node.get("name"), "target": target.get("name") if target else None}
    return {what: names.take(member.name(), member) for what, member in given.items() if member}


def add_loss(
    node: Node, named: dict[str, str], signal: Signal, last: str | None, draft: Draft
) -> tuple[str, tuple[str, ...]]:
    """Add the loss and its target to the draft; return the loss's name and the targets'."""
    kind = node.need("type", "one of " + ", ".join(f"`{word}`" for word in LOSSES)).choice(LOSSES)
    loss = LOSSES[kind]
    _follows(node, kind, loss, last)
    target_node = node.need("target", "the value that the network should give")
    target = named.get("target") or draft.names.free(("y",), target_node)
    name = named.get("loss") or draft.names.free(("loss",), node)
    add_target(target_node, target, loss, signal, draft)
    text = _scaled(f"{kind}({signal.name}, {target})", node, kind, loss, draft)
    said, count, general = _reduced(node, loss, signal, draft)
    draft.notes.append(said) if said else None
    draft.statements[name] = Statement(
        f"{text}/{count}" if count > 1 else text, (*node.path, "type"), written=False,
        general=f"{text}/{general}" if general else None,
    )  # fmt: skip
    return name, (target,)


def _follows(node: Node, kind: str, loss: Loss, last: str | None) -> None:
    """Raise Problem for a loss after an activation that it is not for; numbers that are given may be anything."""
    if loss.after and last is not None and last not in loss.after:
        raise node.at("type").problem(f"`{kind}` cannot follow the activation `{last}`", loss.instead)


def _scaled(text: str, node: Node, kind: str, loss: Loss, draft: Draft) -> str:
    """Return the loss with its factor, and note that."""
    factor_node = node.get("factor")
    factor = one_number(factor_node) if factor_node else None
    if factor is not None and factor_node:
        if factor <= 0:
            raise factor_node.problem(f"must be larger than 0, not {text_of(factor)}", code="domain")
        from fractions import Fraction

        scale = Fraction(exact_of(factor)) / Fraction(loss.factor)
        text = text if scale == 1 else f"{_number(scale)}*{text}"
    if loss.times:
        said = loss.factor if factor is None else text_of(factor)
        draft.notes.append(f"{kind} is {said} times {loss.times}; `factor` changes that")
    return text


def _reduced(node: Node, loss: Loss, signal: Signal, draft: Draft) -> tuple[str, int, str | None]:
    """Return what is said of the sum or the mean, what is divided by, and that of any number of examples."""
    reduction_node = node.get("reduction")
    reduction = reduction_node.choice(("sum", "mean")) if reduction_node else "sum"
    examples = draft.examples or 1
    each = signal.length if loss.per == "entry" else 1
    count = examples * each
    noun = loss.per if count == 1 else _PLURAL[loss.per]
    if reduction == "mean":
        general = None
        if draft.examples is not None:
            general = EXAMPLES if each == 1 else f"({each}*{EXAMPLES})"
        return f"the loss is the mean over {'one' if count == 1 else count} {noun}", count, general
    said = f'the loss is the sum over {count} {noun}; reduction = "mean" divides by {count}' if count > 1 else ""
    return said, 1, None


def _number(value: Exact) -> str:
    """Return the simplest exact text of a positive rational: 2, 0.5 or (1/3).

    >>> from fractions import Fraction
    >>> _number(2), _number(Fraction(3, 5)), _number(Fraction(1, 3))
    ('2', '0.6', '(1/3)')
    """
    under = value.denominator
    if under == 1:
        return str(value.numerator)
    twos = fives = 0
    while under % 2 == 0:
        under, twos = under // 2, twos + 1
    while under % 5 == 0:
        under, fives = under // 5, fives + 1
    places = max(twos, fives)
    if under != 1 or places > 20:
        return f"({value.numerator}/{value.denominator})"
    digits = str(value.numerator * 10**places // value.denominator).rjust(places + 1, "0")
    return f"{digits[:-places]}.{digits[-places:]}"
