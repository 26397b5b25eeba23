"""What becomes of a loss over entries and examples: their sum, their mean, or a value for each example.

Texts have `{n}` where the number of examples stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nncalc.graph.rules import computed, rule, size_names
from nncalc.graph.shapes import Shape, Shapes
from nncalc.language.formula import Call, Formula, Name, call, name, num, parts, replace
from nncalc.language.parser import parse
from nncalc.language.printer import show
from nncalc.ops.kinds import Loss, Operation
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.node import Node

REDUCTIONS: Final = ("sum", "mean", "none")
#: What a mean is divided by; that of weighted classes by their weights, too.
PER: Final = {"entries": "entry", "examples": "example"}
WEIGHTED: Final = "weights"


def reduction_of(node: Node, loss: Loss) -> str:
    """Return what a loss is over its examples; raise Problem where something divides what is no mean."""
    own = "mean" if loss.averages else "sum"
    given, per = node.get("reduction"), node.get("per")
    found = given.choice(REDUCTIONS) if given else own
    if per is not None and found != "mean":
        raise per.problem(f'only a mean is divided, the reduction is "{found}"', 'set reduction = "mean"')
    return found


def reduced(
    text: str, node: Node, loss: Loss, signal: Signal, draft: Draft, weighted: str
) -> tuple[str, str]:  # fmt: skip
    """Return a loss as the sum or the mean, of the examples there are and of any number, and note which.

    `weighted` is the target times the weights of its classes, where it has some.
    """
    reduction = reduction_of(node, loss)
    if reduction == "none":
        return text, text
    per_node, length, examples = node.get("per"), signal.length, draft.examples or 1
    per = per_node.choice([*PER, *([WEIGHTED] if weighted else [])]) if per_node else ""
    if per == WEIGHTED:
        draft.notes.append(
            f"the loss is the mean over the {draft.each}s, weighted: it is divided by the sum of their weights"
        )
        return (f"{text}/sum({weighted})",) * 2
    unit = PER.get(per, loss.per)
    each = length if unit == "entry" else 1
    other = "" if per else _other(unit, length, draft, weighted, averages=loss.averages)
    _note(reduction, unit, examples * each, draft, other)
    if loss.averages:
        over = length if reduction == "sum" or unit == "example" else 1
        one = f"{over}*{text}" if over > 1 else text
        return (f"{{n}}*{one}",) * 2 if reduction == "sum" and draft.examples else (one, one)
    if reduction == "sum":
        return text, text
    count = examples * each
    general = f"{text}/{{n}}" if each == 1 else f"{text}/({each}*{{n}})"
    plain = f"{text}/{count}" if count > 1 else text
    return plain, general if draft.examples else plain


def _note(reduction: str, unit: str, count: int, draft: Draft, other: str) -> None:
    one = draft.each if unit == "example" else unit
    noun = one if count == 1 else "entries" if one == "entry" else f"{one}s"
    if reduction == "mean":
        draft.notes.append(f"the loss is the mean over {'one' if count == 1 else count} {noun}{other}")
    elif count > 1:
        draft.notes.append(f'the loss is the sum over {count} {noun}; reduction = "mean" divides by {count}')


def _other(unit: str, length: int, draft: Draft, weighted: str, *, averages: bool) -> str:
    """Return which other mean a person may have in mind, where none is chosen."""
    if weighted:
        return '; per = "weights" divides by the sum of their weights'
    if unit == "entry" and length > 1 and draft.examples and not averages:
        return f'; per = "examples" divides by {draft.examples}'
    return ""


# -- a value for each example -------------------------------------------------------------------------------


def by_example(op: Operation, length: int, args: Mapping[str, str], settings: Mapping[str, str]) -> str:
    """Return the loss of each example in a row: each sum over all entries is one over those of a column.

    >>> from nncalc.ops import OPS
    >>> by_example(OPS["squared_error"], 2, {"p": "yhat", "y": "y"}, {})
    "ones(2)' * (yhat - y).^2 / 2"
    """
    sizes: dict[str, Shape] = {}
    form = op.forms[-1]
    for arg, shape in zip(op.args, form.shapes.partition(" ->")[0].split(", "), strict=True):
        rows, columns = shape.split()
        sizes[arg] = (1 if rows == "1" else length, 1 if columns == "1" else _MANY)
    shapes = Shapes({name(arg): shape for arg, shape in sizes.items()} | {name(each): (1, 1) for each in op.settings})
    formula = replace(rule(computed(op)), size_names({form.shapes.split()[0]: length}))
    new: dict[Formula, Formula] = {}
    for part in parts(formula):
        if isinstance(part, Call):
            made = call(part.op, *[new.get(arg, arg) for arg in part.args])
            new[part] = _column_sums(made, shapes.of(part.args[0])) if part.op in ("sum", "mean") else made
    whole = new[formula]
    given: dict[Formula, Formula] = {name(arg): _PLACES[place] for place, arg in enumerate(args)}
    given |= {name(each): parse(value) for each, value in settings.items()}
    written = show(replace(whole, given))
    for place, text in enumerate(args.values()):
        written = written.replace(_PLACES[place].base, text if text.isidentifier() else f"({text})")
    return written


#: Any number of examples that is no size of anything else.
_MANY: Final = 10**6 + 3
#: What stands for arguments while the formula is written.
_PLACES: Final[tuple[Name, ...]] = tuple(name(f"argument_{place}_") for place in range(3))


def _column_sums(part: Call, shape: Shape) -> Formula:
    """Return the sums, or the means, of the columns of what is summed; of a row its entries."""
    (inner,) = part.args
    rows, _ = shape
    if rows == 1:
        return inner
    sums = call("mul", call("transpose", call("ones", num(str(rows)))), inner)
    return call("div", sums, num(str(rows))) if part.op == "mean" else sums
