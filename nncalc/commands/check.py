"""`nncalc check`: gradients against an independent method."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from nncalc.checking.gradients import METHODS, Method, checked
from nncalc.checking.page import page
from nncalc.cli import options
from nncalc.cli.streams import conventions, listed, model_of, paper_of, printed, words, write
from nncalc.problems import Problem, one_of
from nncalc.render import FORMATS


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
            metavar="METHOD",
            help="exact, complex or differences. Default: exact where everything is rational, else complex.",
        ),
    ] = None,
    step: Annotated[
        float | None, typer.Option("--step", metavar="H", help="Take plain central differences of this step.")
    ] = None,
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
    """Check the gradients of a network or a formula against a method that uses no derivative rule.

    Exit status 1 where one differs. At a kink ours need only lie between the slopes to both sides.

    \b
    Examples:
      nncalc check net.toml                        a line for each parameter
      nncalc check net.toml --show-steps           every entry: ours, the other, how far they are apart
      nncalc check net.toml --method differences
      nncalc check net.toml --step 1e-5            plain central differences, to see what they miss
      nncalc check -e 'f = sin(x*y)/z' x=2 y=0.5 z=1.5
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
        model = model._replace(output=model.find(of))
    names = [part for text in wrt for part in listed(text)] if wrt else None
    found = checked(model, names, cast("Method | None", method), step)
    made = page(found, steps=show_steps, digits=precision)._replace(full=full)
    pieces = printed([made], format_, ascii_only=ascii_only, file=output is not None, paper=paper)
    write(pieces, output, words(spec or []).spec)
    if not found.right:
        raise typer.Exit(1)
