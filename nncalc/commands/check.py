"""`nncalc check`: gradients against an independent method, or a person's answers against ours."""

from __future__ import annotations

import re
from typing import Annotated, NamedTuple, cast

import typer

from nncalc.checking.gradients import METHODS, Method, checked
from nncalc.checking.page import page
from nncalc.cli import options
from nncalc.cli.streams import conventions, model_of, paper_of, printed, words, write
from nncalc.interface.opening import contents
from nncalc.language.alphabet import listed
from nncalc.page import Page
from nncalc.problems import Problem, one_of, safe
from nncalc.render import FORMATS
from nncalc.spec.model import Model, differentiating

#: How much is told of a mistake unasked: the line it stands in.
LINES = 3


class Marks(NamedTuple):
    """What is answered, and how it is marked; or whether the mistakes are `listed` instead."""

    answers: list[str]
    files: list[str]
    tolerance: float | None
    weights: list[str]
    hints: int
    solution: bool
    listed: bool
    form: str


def check(
    spec: options.Words = None,
    expr: options.Expressions = None,
    wrt: Annotated[
        list[str] | None,
        typer.Option("--wrt", metavar="NAMES", help="Check the gradients by these. Default: the parameters."),
    ] = None,
    of: Annotated[
        str | None, typer.Option("--of", metavar="NAME", help="The quantity that is differentiated. Default: the loss.")
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            "--method",
            metavar="|".join(METHODS),
            help="Which. Default: exact where everything is rational, else complex.",
        ),
    ] = None,
    step: Annotated[
        float | None, typer.Option("--step", metavar="H", help="Take plain central differences of this step.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(
            "--answer", metavar="'NAME = ...'", help="Judge this answer: numbers, or a formula. May be repeated."
        ),
    ] = None,
    answers: Annotated[
        list[str] | None,
        typer.Option("--answers", metavar="FILE", help="Judge those of a file: TOML, JSON, CSV, NPZ, a worksheet."),
    ] = None,
    tolerance: Annotated[
        float | None, typer.Option("--tolerance", metavar="T", help="How far answers may be off, of the largest entry.")
    ] = None,
    weights: Annotated[
        list[str] | None, typer.Option("--weights", metavar="NAME=POINTS", help="What an answer is worth. Default: 1.")
    ] = None,
    hints: Annotated[
        int, typer.Option("--hints", metavar="1|2|3", min=1, max=3, help="Tell where, what kind, or the line.")
    ] = LINES,
    no_solution: Annotated[
        bool, typer.Option("--no-solution", help="Tell of answers what is wrong, and no right number or line.")
    ] = False,
    mistakes: Annotated[
        bool, typer.Option("--mistakes", help="List the mistakes that answers are searched for, each with its line.")
    ] = False,
    given: options.Given = None,
    show_steps: options.ShowSteps = False,
    convention: options.Convention = None,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
    output: options.Output = None,
) -> None:
    """Check the gradients of a network or a formula against a method that uses no derivative rule, or answers to it.

    Exit status 1 where one differs. At a kink ours need only lie between the slopes to both sides. An answer is right
    at the digits it shows, or from an earlier answer on; else the mistake that leads to it is named.

    \b
    Examples:
      nncalc check net.toml                        a line for each parameter
      nncalc check net.toml --show-steps           every entry: ours, the other, how far they are apart
      nncalc check net.toml --method differences
      nncalc check net.toml --step 1e-5            plain central differences, to see what they miss
      nncalc check -e 'f = sin(x*y)/z' x=2 y=0.5 z=1.5
      nncalc check net.toml --answer 'a = 3, 2' --answer 'dL/dW1 = [[1, 2], [3, 4]]'
      nncalc check net.toml --answers grads.npz --tolerance 1e-6
    """  # fmt: skip
    one_of("--format", format_, FORMATS)
    if method is not None:
        one_of("--method", method, METHODS)
    if step is not None and not 0 < step < 1e6:
        raise Problem(f"--step is larger than 0 and less than a million, not {step:g}", None, "such as 1e-5", "usage")
    if step is not None and method not in (None, "differences"):
        raise Problem("--step goes with differences", None, "leave out --method, or --step", "usage")
    paper = paper_of(format_, standalone, width, picture)
    model = model_of(spec or [], expr or [], given or [], [], chosen=conventions(convention, None))
    if of is not None:
        model = differentiating(model, of)
    judging = bool(mistakes or answer or answers)
    _together(
        judging,
        {"--wrt": wrt, "--method": method, "--step": step, "--show-steps": show_steps},
        {"--tolerance": tolerance, "--weights": weights, "--no-solution": no_solution, "--hints": hints != LINES},
    )
    if judging:
        marks = Marks(answer or [], answers or [], tolerance, weights or [], hints, not no_solution, mistakes, format_)
        made, right = _judged(model, marks, precision)
    else:
        names = [part for text in wrt for part in listed(text)] if wrt else None
        found = checked(model, names, cast("Method | None", method), step)
        made, right = page(found, steps=show_steps or format_ == "csv", digits=precision), found.right
    made = made._replace(full=full)
    write(
        printed([made], format_, ascii_only=ascii_only, file=output is not None, paper=paper),
        output,
        words(spec or []).spec,
    )
    if not right:
        raise typer.Exit(1)


def _together(judging: bool, of_gradients: dict[str, object], of_answers: dict[str, object]) -> None:
    """Raise Problem (`usage`) for an option of what is not done."""
    stranger = next((option for option, given in (of_gradients if judging else of_answers).items() if given), None)
    if stranger is not None:
        what = "checking gradients" if judging else "judging answers"
        hint = "leave out --answer, --answers and --mistakes" if judging else "add --answer or --answers"
        raise Problem(f"{stranger} is for {what}", None, hint, "usage")


def _judged(model: Model, marks: Marks, precision: int | None) -> tuple[Page, bool]:
    """Return the page of answers, and whether all are right; raise Problem."""
    from nncalc.judging.answers import pairs_of  # needs NumPy
    from nncalc.judging.judge import Judge
    from nncalc.judging.marking import marked
    from nncalc.judging.naming import named
    from nncalc.judging.page import DIGITS, Wish, catalogue_page

    judge = Judge(model, marks.tolerance)
    if marks.listed:
        return catalogue_page(judge), True
    weights = {}
    for called, points in _sides("--weights", marks.weights):
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", points):
            raise Problem(
                f"--weights {safe(called, 80)}: `{safe(points, 40)}` is no number of points", None, None, "usage"
            )
        weights[named(model, called)] = float(points)
    wish = Wish(
        marks.hints, marks.solution, weights, frozenset(model.given), precision or DIGITS, lines=marks.form != "csv"
    )
    typed: list[tuple[str, object]] = [*_sides("--answer", marks.answers)]
    given = [(path, [*typed, *pairs_of(contents(path), path)]) for path in marks.files] or [("", typed)]
    found = marked(judge, given, wish)
    return found.page, found.right


def _sides(option: str, texts: list[str]) -> list[tuple[str, str]]:
    """Return the names and what is said of them in options."""
    found = []
    for text in texts:
        called, sign, said = text.partition("=")
        if not sign or not called.strip() or not said.strip():
            raise Problem(
                f"{option} `{safe(text, 100)}` is not NAME = ...", None, f"write {option} 'a = 3, 2'", "usage"
            )
        found.append((called.strip(), said.strip()))
    return found
