"""What a command prints of a calculation, and what it says of that on standard error."""

from __future__ import annotations

from collections.abc import Iterable

from nncalc.cli.streams import printed, remark
from nncalc.interface.presenting import Command, Wish, forms_of, looked_up, pages
from nncalc.language.formula import Name, name
from nncalc.language.printer import ASCII
from nncalc.numbers.rounding import MOST
from nncalc.sheet.calculation import Calculation
from nncalc.sheet.remarks import about
from nncalc.sheet.worksheet import Form

#: How many digits tell every single float.
SINGLE_DIGITS = 9


def present(command: Command, found: Calculation, wish: Wish) -> Iterable[str]:
    """Return what `command` prints of a calculation, in pieces."""
    if wish.get is not None:
        return [value_of(found, wish, each) for each in wish.get]
    made = pages(command, found, wish, forms(found, wish) if wish.steps else ())
    return printed(made, wish.format, ascii_only=wish.ascii_only, file=wish.file, paper=wish.paper)


def forms(found: Calculation, wish: Wish) -> list[Form]:
    """Return the forms to print, and say so where another might be expected."""
    chosen, why = forms_of(found, wish.form)
    if why:
        remark(f"printed in vector form, {why}")
    return chosen


def value_of(found: Calculation, wish: Wish, text: str) -> str:
    """Return the value of the quantity, entry or derivative that a text names, alone on a line."""
    from nncalc.render.columns import note
    from nncalc.sheet.data import shaped

    looked = looked_up(found, text)
    for of, said in about(found, looked.whole):
        remark(f"{of.id}: {note(said, ASCII)}")
    shown = looked.numbers.shown(wish.precision or MOST, fractions=wish.exact)
    texts = [[each.text for each in row] for row in shown]
    if looked.entry:
        _of_example(found, looked.of)
    written = texts[0][0] if looked.entry else shaped(found.model, looked.whole, texts, str)
    return _table(written) if wish.format == "csv" else _listed(written) + "\n"


def _of_example(found: Calculation, of: Name) -> None:
    """Say which example an entry of a batch is of, where a whole quantity is printed the other way round."""
    model = found.model
    if len(of.index) == 2 and name(of.base) in model.per_example and not model.conventions.rows:
        row, example = of.index
        remark(
            f"{of.id} is value {row} of example {example}, as a page counts; all of `{of.base}` has an example a row"
        )


def _table(found: object) -> str:
    """Return texts of numbers as comma-separated values, a line for each row, or each number of a column."""
    rows = found if isinstance(found, list) else [found]
    return "".join(f"{','.join(row) if isinstance(row, list) else row}\n" for row in rows)


def _listed(found: object) -> str:
    """Return texts of numbers as a list in brackets, without quotes."""
    if isinstance(found, list):
        return "[" + ", ".join(_listed(entry) for entry in found) + "]"
    return str(found)
