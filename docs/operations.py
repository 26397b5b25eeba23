"""Writes the reference of operations in `language.md` from the operation table: `python docs/operations.py`."""

from __future__ import annotations

from pathlib import Path

from nncalc.language.printer import show
from nncalc.ops.kinds import Operation
from nncalc.reference import entry

PAGE = Path(__file__).parent / "language.md"
BEGIN, END = "<!-- operations -->\n", "<!-- end of operations -->\n"
HEADS = ("operation", "is", "meaning", "derivative by each argument", "shapes", "source")


def reference() -> str:
    """Return the reference, a table with a row for each operation."""
    rows = [HEADS, ("---",) * len(HEADS), *[row(op) for ops in entry.listed().values() for op in ops]]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def row(op: Operation) -> tuple[str, ...]:
    """Return the cells of an operation."""
    shapes = [f"`{each}`" if "->" in each else each for each in entry.shapes(op)]
    rules = "; ".join(dict.fromkeys(slope(op, each) for form in op.forms or (None,) for each in entry.slopes(op, form)))
    kink = entry.kink(op)
    said = rules + ("; " if kink and rules else "") + (f"{kink}." if kink else "")
    return (
        f"`{entry.written(op)}`", op.summary.replace("|", r"\|"), f"`{op.meaning}`" if op.meaning else "",
        said.replace("|", r"\|"), "; ".join(shapes), op.source,
    )  # fmt: skip


def slope(op: Operation, found: entry.Slope) -> str:
    """Return a derivative: of an entry the slope, else what the argument receives of g."""
    if found.rule is None:
        return found.words
    text = show(found.rule)
    if text == "0":
        return text
    return f"{found.argument}: `{text}`" if len(op.args) > 1 else f"`{text}`"


def updated(page: str) -> str:
    """Return the text of the page with the reference as it is now."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + reference() + "\n" + END + rest.partition(END)[2]


def main() -> None:
    """Write the reference anew."""
    PAGE.write_text(updated(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
