"""The loss of a network: its equation, its target, and the conventions that go with it."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, NamedTuple

from nncalc.graph.rules import either_way
from nncalc.language.figures import text_of
from nncalc.ops import OPS
from nncalc.ops.kinds import Operation
from nncalc.spec.amounts import above, amount, least, rational, scaled
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.layers import LOSSES
from nncalc.spec.names import Names
from nncalc.spec.node import Node
from nncalc.spec.penalties import add_penalties
from nncalc.spec.reduction import by_example, reduced, reduction_of
from nncalc.spec.statements import EXAMPLES, Statement, transposed
from nncalc.spec.target import add_other, add_target, add_weights
from nncalc.spec.values import one_number

_KEYS: Final = ("type", "name", "target", "factor", "reduction", "per", "penalties")


def named_by_loss(node: Node, names: Names) -> dict[str, str]:
    """Return the names that the user gave to the loss and to the quantities it is given, taken."""
    known = _keys(node)
    node.table(known)
    given = {"loss": node.get("name")}
    for key in known:
        quantity = node.get(key)
        if key in _QUANTITIES and quantity is not None:
            given[key] = quantity.get("name")
    return {what: names.take(member.name(), member) for what, member in given.items() if member}


_QUANTITIES: Final = {"target", "weights", *(key for loss in LOSSES.values() for key in loss.others.values())}


def _keys(node: Node) -> list[str]:
    """Return the keys that a loss may have, which its type says, or those of all types."""
    kind = node.get("type")
    chosen = [kind.value] if kind and isinstance(kind.value, str) and kind.value in LOSSES else [*LOSSES]
    return list(dict.fromkeys(key for word in chosen for key in keys_of(word)))


def keys_of(word: str) -> list[str]:
    """Return the keys that a loss of this type may have."""
    loss = LOSSES[word]
    there = {
        "base": loss.target in ("classes", "class"),
        "weights": loss.linear,
        "label_smoothing": loss.smooths,
        "alike": loss.target == "labels",
        "pos_weight": loss.positives,
        "log_base": loss.logarithms,
    }
    return [*_KEYS, *loss.others.values(), *OPS[word].settings, *(key for key, found in there.items() if found)]


class _Given(NamedTuple):
    """What a loss is given: the name of each argument but the prediction, and of the weights of its classes."""

    args: dict[str, str]
    weights: str | None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all quantities, the target first."""
        return (*self.args.values(), *([self.weights] if self.weights else []))


def add_loss(
    node: Node, named: dict[str, str], signal: Signal, last: str | None, draft: Draft
) -> tuple[str, tuple[str, ...]]:
    """Add the loss and what it is given to the draft; return the name of what is differentiated, and those names."""
    if signal.steps:
        draft.examples, draft.each = signal.steps, "step"  # a loss is of a step as of an example
    op = OPS[_kind(node.need("type", "one of " + ", ".join(f"`{word}`" for word in LOSSES)))]
    op = OPS[LOSSES[op.name].positives] if node.get("pos_weight") is not None and LOSSES[op.name].positives else op
    loss = LOSSES[op.name]
    _follows(node, op, last)
    given = _given(node, op, named, draft)
    name = named.get("loss") or draft.names.free(("loss",), node)
    _add_quantities(node, op, given, signal, draft)
    by_itself = reduction_of(node, loss) == "none" and draft.examples is not None
    label = op.args[op.target]
    target = given.args[label]
    args = {
        op.args[0]: signal.name,
        **given.args,
        label: _reversed(node, _smoothed(node, target, signal, draft), draft),
    }
    weighted = ""
    if given.weights:
        weighted = _weighted(target, given.weights, draft)
        args[label] = _weighted(args[label], given.weights, draft)
    if signal.steps:
        _by_steps(given, draft)
        if by_itself or weighted or not either_way(op.name):  # a column for each step
            args = {arg: _column_a_step(text, given, signal) for arg, text in args.items()}
    text = _called(node, op, args, signal.length if by_itself else 0, draft)
    text = _factored(node, op, _based(node, text, draft), draft)
    texts = reduced(text, node, loss, signal, draft, weighted)
    differentiated = _stated(node, name, texts, by_itself, draft)
    draft.examples = None if signal.steps else draft.examples
    return differentiated, given.names


def _by_steps(given: _Given, draft: Draft) -> None:
    """Write what a loss over a sequence is given with a row for each step, as the sequence is."""
    for each in given.names:
        if draft.given[each].batch:
            draft.given[each] = transposed(draft.given[each])
            draft.per_example.discard(each)


def _column_a_step(text: str, given: _Given, signal: Signal) -> str:
    """Return an argument of a loss with the quantities that have a row for each step turned."""
    for each in {signal.name, *given.args.values()}:
        text = re.sub(rf"\b{each}\b(?!')", f"{each}'", text)
    return text


def _kind(node: Node) -> str:
    """Return the type of a loss; what it is called elsewhere is refused with its name here."""
    return node.choice(LOSSES, _elsewhere)


def _elsewhere(word: str) -> str | None:
    from nncalc.language.remedies import loss_elsewhere  # loaded only to refuse

    return loss_elsewhere(word)


def _follows(node: Node, op: Operation, last: str | None) -> None:
    """Raise Problem for a loss after an activation that it is not for; numbers that are given may be anything."""
    loss = LOSSES[op.name]
    if loss.after and last is not None and last not in loss.after:
        raise node.at("type").problem(f"`{op.name}` cannot follow the activation `{last}`", loss.instead)


# -- what it is given ---------------------------------------------------------------------------------------


def _given(node: Node, op: Operation, named: dict[str, str], draft: Draft) -> _Given:
    """Return the names of what a loss is given: the user's, else the usual ones."""
    target = node.need("target", "the value that the network should give")
    args = {op.args[op.target]: named.get("target") or draft.names.free(("y",), target)}
    for arg, key in LOSSES[op.name].others.items():
        other = node.need(key, f"`{op.name}` is given that beside the target")
        args[arg] = named.get(key) or draft.names.free((key,), other)
    weights = node.get("weights")
    return _Given(args, (named.get("weights") or draft.names.free(("w",), weights)) if weights else None)


def _add_quantities(node: Node, op: Operation, given: _Given, signal: Signal, draft: Draft) -> None:
    """Add the numbers of what a loss is given."""
    loss = LOSSES[op.name]
    add_target(node.at("target"), given.args[op.args[op.target]], loss, signal, draft, node.get("base"))
    for arg, key in loss.others.items():
        place = op.args.index(arg)
        one_for_all = any(form.shapes.partition(" ->")[0].split(", ")[place] == "1 1" for form in op.forms)
        add_other(node.at(key), given.args[arg], signal, draft, one_for_all=one_for_all)
    if given.weights:
        add_weights(node.at("weights"), given.weights, signal, draft)


def _smoothed(node: Node, target: str, signal: Signal, draft: Draft) -> str:
    """Return the target, of whose labels a part is given to all classes where that is said."""
    smoothing = node.get("label_smoothing")
    if smoothing is None:
        return target
    part = rational(least(smoothing, 0))
    if part >= 1:
        raise smoothing.problem(f"must be less than 1, not {text_of(one_number(smoothing))}", code="domain")
    classes = signal.length if LOSSES[node.at("type").choice(LOSSES)].target == "classes" else 2
    found = f"{amount(1 - part)}*{target} + {amount(part)}/{classes}"
    draft.notes.append(f"label_smoothing = {amount(part)}: a label is {found}, its part of {classes} classes")
    return found


def _reversed(node: Node, target: str, draft: Draft) -> str:
    """Return the labels of pairs, turned where a label of 1 says that the two are alike."""
    alike = node.get("alike")
    if alike is None:
        return target
    said = one_number(alike)
    if said not in (0, 1):
        raise alike.problem(f"must be 0 or 1, not {text_of(said)}", "it is the label of two that are alike", "domain")
    if said == 0:
        return target
    draft.notes.append(f"alike = 1: `{target}` is 1 where the two are alike, so the loss is given 1 - `{target}`")
    return f"1 - {target}"


def _weighted(target: str, weights: str, draft: Draft) -> str:
    """Return a target with each class times its weight."""
    target = target if target.isidentifier() else f"({target})"
    return f"{weights} .* {target}" if draft.examples is None else f"({weights} * ones({{n}})') .* {target}"


# -- the equation -------------------------------------------------------------------------------------------


def _called(node: Node, op: Operation, args: dict[str, str], by_itself: int, draft: Draft) -> str:
    """Return the loss of its arguments and settings; that of each example of `by_itself` values in a row, if any."""
    settings: dict[str, str] = {}
    for setting, default in op.settings.items():
        own = node.get(setting)
        if own is None:
            draft.notes.append(f"{op.name}: {setting} = {default}")
        else:
            may_be_0 = setting in LOSSES[op.name].may_be_0
            settings[setting] = text_of(least(own, 0) if may_be_0 else above(own, 0))
    if by_itself:
        return by_example(op, by_itself, args, {**op.settings, **settings})
    listed = [f"{setting}={value}" for setting, value in settings.items()]
    return f"{op.name}({', '.join([*(args[arg] for arg in op.args), *listed])})"


def _based(node: Node, text: str, draft: Draft) -> str:
    """Return a loss in logarithms of the base that is said, which are natural otherwise."""
    base = node.get("log_base")
    if base is None or base.value == "e":
        return text
    value = text_of(above(base, 1))
    draft.notes.append(f"the logarithms are of base {value}: natural ones, divided by log({value})")
    return f"{text}/log({value})"


def _factored(node: Node, op: Operation, text: str, draft: Draft) -> str:
    """Return the loss with its factor, and note that."""
    factor, loss = node.get("factor"), LOSSES[op.name]
    value = above(factor, 0) if factor else None
    if loss.times:
        told = loss.factor if value is None else text_of(value)
        draft.notes.append(f"{op.name} is {told} times {loss.times}; `factor` changes that")
    return text if value is None else scaled(text, rational(value) / Fraction(loss.factor))


def _stated(node: Node, name: str, texts: tuple[str, str], by_itself: bool, draft: Draft) -> str:
    """Add the equation of the loss, and of the sum of one that is none; return the name of what is differentiated."""
    penalty = add_penalties(node, draft)
    examples = draft.examples or 1
    if by_itself:
        text, general = texts[0].format(n=examples), texts[1].format(n=EXAMPLES)
        draft.state(name, text, (*node.path, "type"), general if general != text else None)
        if draft.each == "step":
            draft.per_example.discard(name)
        total = draft.names.free(("total",), node)
        draft.statements[total] = Statement(f"sum({name}){penalty}", (*node.path, "type"), written=False)
        draft.notes.append(
            f"`{name}` has a value for each of {examples} {draft.each}s; what is differentiated is `{total}`, their sum"
        )
        return total
    text, general = f"{texts[0]}{penalty}".format(n=examples), f"{texts[1]}{penalty}".format(n=EXAMPLES)
    draft.statements[name] = Statement(
        text, (*node.path, "type"), written=False, general=general if general != text else None
    )  # fmt: skip
    return name
