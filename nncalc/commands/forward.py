"""`nncalc forward`: the values of every quantity."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.presentation import SINGLE_DIGITS, present
from nncalc.cli.streams import conventions, model_of, paper_of, words, write
from nncalc.interface.presenting import Wish
from nncalc.problems import Problem
from nncalc.sheet.calculation import calculate
from nncalc.spec.model import divided
from nncalc.spec.printer import as_json, render


def forward(
    spec: options.Words = None,
    expr: options.Expressions = None,
    given: options.Given = None,
    state: options.State = None,
    show_steps: options.ShowSteps = False,
    get: options.Get = None,
    equations: Annotated[
        bool, typer.Option("--equations", help="Print the spec as equations, layers written out, and compute nothing.")
    ] = False,
    form: options.Form = None,
    example: options.Example = None,
    split: options.Split = None,
    exact: options.Exact = False,
    convention: options.Convention = None,
    round_steps: options.RoundSteps = None,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
    matrices: options.Matrices = None,
    float32: options.Float32 = False,
    threads: options.Threads = None,  # noqa: ARG001 -- its callback says so to the libraries
    output: options.Output = None,
) -> None:
    """Run a network or a formula forward.

    \b
    Examples:
      nncalc forward --show-steps                  the built-in example, line by line
      nncalc forward net.toml                      the value of every quantity
      nncalc forward net.toml x=1,2 --get yhat     one value, with another input
      nncalc forward net.toml --given z=0,1        from a given intermediate value
      nncalc forward -e 'f = sin(x*y)/z' x=2 y=1/2 z=3/2
      nncalc forward net.json --format json | jq .values.loss
    """
    wish = Wish(
        steps=show_steps, form=form, exact=exact, precision=precision, ascii_only=ascii_only, format=format_, get=get,
        file=output is not None, full=full, matrices=matrices, example=example,
        paper=paper_of(format_, standalone, width, picture),
    ).checked()  # fmt: skip
    if float32 and precision is None:
        wish = wish._replace(precision=SINGLE_DIGITS)
    model = model_of(spec or [], expr or [], given or [], state or [], chosen=conventions(convention, round_steps))
    if split if split is not None else bool(expr and show_steps):
        model = divided(model)
    source = words(spec or []).spec
    if equations:
        if wish.format not in ("table", "json"):
            raise Problem("--equations writes a spec", None, "in TOML, or with --format json in JSON", "usage")
        write(as_json(model) if wish.format == "json" else render(model), output, source)
        return
    found = calculate(
        model, exact=exact, scalar=wish.form in ("scalar", "both"), lines=wish.lines, single=wish.single(float32)
    )
    write(present("forward", found, wish), output, source)
