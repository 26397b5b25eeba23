"""`nncalc derive`: matrix calculus, step by step."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.streams import paper_of, printed, write
from nncalc.interface.derivations import Question, derived
from nncalc.interface.presenting import check_matrices
from nncalc.problems import Problem, one_of
from nncalc.render import FORMATS


def derive(
    expression: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="EXPR...", help="What to differentiate, such as 'norm2(y - X*theta)^2'; equations, a file or -."
        ),
    ] = None,
    wrt: Annotated[
        list[str] | None,
        typer.Option("--wrt", metavar="NAME", help="By which quantity; not needed where there is one."),
    ] = None,
    declared: Annotated[
        list[str] | None,
        typer.Option(
            "--shapes", metavar="'X: n x d, y: n'", help="Shapes; ? asks for one. Others follow, or are assumed."
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option(
            "--assume", metavar="'S: symmetric'", help="What holds: symmetric, spd, invertible, positive, ..."
        ),
    ] = None,
    layout: options.Layout = "denominator",
    hessian: Annotated[bool, typer.Option("--hessian", help="The second derivative of a number.")] = False,
    method: Annotated[
        str,
        typer.Option(
            "--method", metavar="rules|element|expand", help="By rules, by one general element, or multiplied out."
        ),
    ] = "rules",
    chain: Annotated[
        bool,
        typer.Option("--chain", help="By the chain rule in its own order, dy/dx · dz/dy, the factors with shapes."),
    ] = False,
    solve: Annotated[bool, typer.Option("--solve", help="Where the derivative is zero, in closed form.")] = False,
    at: Annotated[
        list[str] | None, typer.Option("--at", metavar="NAME=VALUE", help="Numbers to evaluate at; may be repeated.")
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option("--answer", metavar="EXPR", help="An answer to judge: right, or what is wrong with it."),
    ] = None,
    verify: Annotated[bool, typer.Option("--verify/--no-verify", help="Check with random matrices first.")] = True,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="FORMAT",
            help="table, plain, json, csv, markdown, latex, html, or numpy (a function to run).",
        ),
    ] = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
    matrices: options.Matrices = None,
    output: options.Output = None,
) -> int:
    """Derive a gradient, a Jacobian or a Hessian of matrices, line by line, with rules and shapes.

    \b
    Examples:
      nncalc derive 'norm2(y - X*theta)^2' --wrt theta --solve
      nncalc derive 'u = X*w - y; norm2(u)^2' --wrt w
      nncalc derive 'A*x' --wrt x --method element
      nncalc derive "x'*A*x" --wrt x --assume 'A: symmetric' --hessian
      nncalc derive 'logdet(S) + tr(inv(S)*A)' --wrt S --shapes 'S: d x d' --assume 'S: spd' --solve
      nncalc derive 'norm2(y - X*w)^2' --wrt w --answer "2*X'*(y - X*w)"
    """
    one_of("--format", format_, (*FORMATS, "numpy"))
    paper = paper_of(format_, standalone, width, picture)
    check_matrices(matrices, format_)
    if format_ == "numpy" and (answer is not None or at):
        raise Problem("--format numpy writes a function alone", None, "leave out --answer and --at", "usage")
    question = Question(
        expression or (), wrt or (), declared or (), assume or (), layout, hessian, method, chain, solve, at or (),
        answer, verify,
    )  # fmt: skip
    found, page = derived(question, precision)
    if format_ == "numpy" and found.stationary is not None and not found.stationary.points:
        why = found.stationary.reason or "where the derivative is zero, a condition holds, which no function says"
        raise Problem(f"there is no solution to write: {why}", None, "leave out --solve", "domain")
    made = page._replace(inline=matrices == "inline", full=full)
    write(printed([made], format_, ascii_only=ascii_only, file=output is not None, paper=paper), output)
    return 1 if found.verdict is not None and not found.verdict.right else 0
