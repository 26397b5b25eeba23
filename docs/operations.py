"""Writes the reference of operations in `language.md` from the operation table: `python docs/operations.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nncalc.graph.calculus import derivative
from nncalc.language.formula import Formula, call, name
from nncalc.language.printer import show
from nncalc.ops import OPS
from nncalc.ops.kinds import Flat, Form, Function, Operation

PAGE = Path(__file__).parent / "language.md"
BEGIN, END = "<!-- operations -->\n", "<!-- end of operations -->\n"
HEADS = ("operation", "is", "meaning", "derivative by each argument", "shapes", "source")
#: What is written with signs or brackets of its own.
BRACKETS = ("matrix", "generic")
WORDS = {
    "numbers": "any count of numbers to a number", "sizes": "", "entries": "any count of blocks that fit",
    "part": "the sizes say which",
}  # fmt: skip
#: What the rule is that `calculus` writes out for a call.
WRITTEN_OUT = {"column": "its rows of `g`", "row": "its columns of `g`"}


def reference() -> str:
    """Return the reference, a table with a row for each operation."""
    rows = [HEADS, ("---",) * len(HEADS), *[row(op) for op in OPS.values() if op.name not in BRACKETS]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(op: Operation) -> tuple[str, ...]:
    """Return the cells of an operation."""
    shapes = [WORDS.get(form.shapes, form.shapes) for form in op.forms] or ["entry by entry"]
    rules = "; ".join(dict.fromkeys(each for form in op.forms or (None,) for each in slopes(op, form)))
    kink = f" {op.kink.says.format(**op.settings)}." if op.kink is not None else ""
    return (
        f"`{written(op)}`", op.summary.replace("|", r"\|"), f"`{op.meaning}`" if op.meaning else "",
        (rules + (";" if kink and rules else "") + kink).strip().replace("|", r"\|"),
        "; ".join(f"`{each}`" if "->" in each else each for each in shapes if each), op.source,
    )  # fmt: skip


def written(op: Operation) -> str:
    """Return how an operation is called, with its settings."""
    if isinstance(op.notation, Function):
        settings = [f"{word}={default}" for word, default in op.settings.items()]
        return f"{op.notation.word}({', '.join([*op.args, *(['...'] if op.variadic or op.folds else []), *settings])})"
    args: list[Formula] = [name(arg) for arg in op.args]
    return show(call(op.name, *args, *([name("y")] if op.variadic else [])))


def slopes(op: Operation, form: Form | None) -> Iterator[str]:
    """Yield the derivative by each argument: of an entry the slope, else what the argument receives of g."""
    for argument in op.args:
        rule = derivative(op, form, argument)
        if not isinstance(rule, Flat):
            before = f"{argument}: " if len(op.args) > 1 else ""
            yield f"{before}`{show(rule)}`"
        elif rule is Flat.CONSTANT:
            yield "0"
        elif rule is Flat.UNROLLED and op.name != "pow":
            yield WRITTEN_OUT.get(op.name, "`g` there, zeros elsewhere")


def updated(page: str) -> str:
    """Return the text of the page with the reference as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + reference() + "\n" + END + rest.partition(END)[2]


def main() -> None:
    """Write the reference anew."""
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
