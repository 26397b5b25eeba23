"""`nncalc worksheet`: a worked page with boxes left empty."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.presentation import forms
from nncalc.cli.streams import conventions, model_of, paper_of, printed, words, write
from nncalc.exercises.blanks import BLANKS, Sheet, Wanted, blanked
from nncalc.interface.presenting import Wish, display_of
from nncalc.language.alphabet import listed
from nncalc.language.formula import Name, name
from nncalc.language.printer import show
from nncalc.numbers.run import ScalarMachine
from nncalc.page import Page
from nncalc.problems import Problem, one_of
from nncalc.render import FORMATS
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.worksheet import worksheet as worked
from nncalc.spec.model import Model

#: The most variants of one exercise.
MOST = 1000


def worksheet(
    spec: options.Words = None,
    expr: options.Expressions = None,
    blank: Annotated[
        str, typer.Option("--blank", metavar="values|formulas|all|NAMES", help="What is left empty. Default: values.")
    ] = "values",
    key: Annotated[bool, typer.Option("--key", help="Print the page as it is when it is filled in.")] = False,
    points: Annotated[
        float | None, typer.Option("--points", metavar="N", min=0, max=1000, help="Say what each line is worth.")
    ] = None,
    friendly: Annotated[
        bool, typer.Option("--friendly", help="Look for small numbers with which every line stays short.")
    ] = False,
    seed: Annotated[
        int | None,
        typer.Option("--seed", metavar="N", min=0, help="What they are drawn from. The same seed gives the same."),
    ] = None,
    variants: Annotated[
        int, typer.Option("--variants", metavar="N", min=1, max=MOST, help="So many sheets, each with its own numbers.")
    ] = 1,
    keys: Annotated[
        str | None,
        typer.Option("--keys", metavar="FILE.csv", help="Write what belongs in the boxes, of every variant."),
    ] = None,
    equations: Annotated[
        bool, typer.Option("--equations", help="Print the spec with these numbers, for `check --answers`.")
    ] = False,
    wrt: Annotated[
        list[str] | None, typer.Option("--wrt", metavar="NAMES", help="Differentiate by these quantities.")
    ] = None,
    form: options.Form = None,
    convention: options.Convention = None,
    round_steps: options.RoundSteps = None,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    matrices: options.Matrices = None,
    output: options.Output = None,
) -> None:
    """Print a forward and backward pass with boxes to fill in.

    \b
    Examples:
      nncalc worksheet                             the built-in example, its values to be found
      nncalc worksheet net.toml --blank formulas
      nncalc worksheet net.toml --blank a,'d(loss)/d(W1)' --points 2
      nncalc worksheet net.toml --key
      nncalc worksheet net.toml --friendly --seed 7
      nncalc worksheet net.toml --variants 30 --keys keys.csv --format latex --standalone article -o sheets.tex
      nncalc worksheet net.toml --seed 7 --friendly --equations > seven.toml
    """  # fmt: skip
    one_of("--format", format_, FORMATS)
    if format_ in ("json", "csv"):
        raise Problem(f"--format {format_} is for programs", None, "a worksheet is read: table, latex, html", "usage")
    wish = Wish(
        steps=True, form=form, precision=precision, ascii_only=ascii_only, format=format_, file=output is not None,
        matrices=matrices, full=True, paper=paper_of(format_, standalone, width, picture),
    ).checked()  # fmt: skip
    if seed is not None and not friendly and variants == 1:
        raise Problem("--seed is for friendly numbers", None, "add --friendly or --variants", "usage")
    base = model_of(spec or [], expr or [], [], [], chosen=conventions(convention, round_steps))
    models = _numbered(base, seed or 0, variants) if friendly or variants > 1 else [base]
    if equations:
        from nncalc.spec.printer import render

        write("\n".join(map(render, models)), output, words(spec or []).spec)
        return
    by = [part for text in wrt for part in listed(text)] if wrt else None
    sheets = [_sheet(model, by, blank, points, wish) for model in models]
    pages = [wish.laid(found.page if not key else whole) for whole, found, _ in sheets]
    if keys is not None:
        write(_keys([(found, calculation) for _, found, calculation in sheets], blank), keys, words(spec or []).spec)
    pieces = printed(pages, format_, ascii_only=ascii_only, file=output is not None, paper=wish.paper)
    write(pieces, output, words(spec or []).spec)


def _numbered(model: Model, seed: int, variants: int) -> list[Model]:
    """Return a model with friendly numbers for each variant."""
    from nncalc.exercises.friendly import friendly

    if variants == 1:
        return [friendly(model, seed)]
    title = model.title or "Worksheet"
    numbers = range(variants)
    return [friendly(model, seed + each)._replace(title=f"{title}, variant {each + 1}") for each in numbers]


def _sheet(
    model: Model, by: list[str] | None, blank: str, points: float | None, wish: Wish
) -> tuple[Page, Sheet, Calculation]:
    """Return the page filled in, with boxes, and the calculation."""
    found = calculate(
        model, wrt=by, backward=model.output is not None, scalar=wish.form in ("scalar", "both")
    )  # fmt: skip
    whole = worked(found, forms(found, wish)[0], display_of(found, wish), given=True)
    what = next((each for each in BLANKS if each == blank), None)
    names = frozenset[Name]() if what else frozenset(model.named(each) for each in listed(blank))
    ones = frozenset(found.machine.ones) if isinstance(found.machine, ScalarMachine) else frozenset[Name]()
    return whole, blanked(whole, Wanted(what or "all", names, points, ones)), found


def _keys(sheets: list[tuple[Sheet, Calculation]], blank: str) -> str:
    """Return a CSV of what belongs in the boxes: variant, name, and the value, or the formula where those are blank."""
    import csv
    import io

    from nncalc.graph.elements import Elements, bases

    found = io.StringIO()
    table = csv.writer(found, lineterminator="\n")
    table.writerow(["variant", "name", "value"])
    for variant, (sheet, calculation) in enumerate(sheets, 1):
        elements = Elements(calculation.shapes, bases(calculation.model.graph))
        for of, formula in sheet.asked:
            if blank == "formulas":
                table.writerow([variant, of.id, show(formula) if formula is not None else ""])
                continue
            rows = calculation.machine.rows(name(of.base, of=of.of))
            if of.index:
                row, column = elements.place(name(of.base, of.index))
                table.writerow([variant, of.id, repr(float(rows[row][column]))])
            else:
                entries = [[float(each) for each in row] for row in rows]
                table.writerow([variant, of.id, str(entries if len(entries) * len(entries[0]) > 1 else entries[0][0])])
    return found.getvalue()
