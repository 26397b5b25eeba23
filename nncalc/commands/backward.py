"""`nncalc backward`: the loss and its gradients."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.presentation import SINGLE_DIGITS, present
from nncalc.cli.streams import conventions, model_of, paper_of, words, write
from nncalc.interface.presenting import Wish
from nncalc.language.alphabet import listed
from nncalc.sheet.calculation import calculate
from nncalc.spec.model import differentiating, divided


def backward(
    spec: options.Words = None,
    expr: options.Expressions = None,
    wrt: options.Wrt = None,
    of: options.Of = None,
    unfold: Annotated[
        bool, typer.Option("--unfold", help="Differentiate a loss and the activation before it one after the other.")
    ] = False,
    given: options.Given = None,
    state: options.State = None,
    show_steps: options.ShowSteps = False,
    get: options.Get = None,
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
    """Run a network or a formula forward and backward.

    \b
    Examples:
      nncalc backward --show-steps                 the built-in example, line by line
      nncalc backward net.toml                     the loss, and the gradient of every parameter
      nncalc backward net.toml --wrt x,alpha --form vector --show-steps
      nncalc backward net.toml --get 'd(loss)/d(alpha[1,1])'
      nncalc backward net.toml --state a=3,2 --state z=3,2 --show-steps
      nncalc backward -e 'f = sin(x*y)/z + exp(x*z)/(x*y)' x=2 y=0.5 z=1.5 --show-steps
      nncalc backward net.json --format json | jq .gradients.alpha
    """
    wish = Wish(
        steps=show_steps, form=form, exact=exact, precision=precision, ascii_only=ascii_only, format=format_, get=get,
        file=output is not None, full=full, matrices=matrices, example=example,
        paper=paper_of(format_, standalone, width, picture),
    ).checked()  # fmt: skip
    if float32 and precision is None:
        wish = wish._replace(precision=SINGLE_DIGITS)
    model = model_of(spec or [], expr or [], given or [], state or [], chosen=conventions(convention, round_steps))
    if of is not None:
        model = differentiating(model, of)
    if split if split is not None else bool(expr and show_steps):
        model = divided(model)
    names = [part for text in wrt for part in listed(text)] if wrt else None
    if get is not None and names is None:
        names = [of.base for of in map(model.named, get) if of.of is not None] or None
    found = calculate(
        model, wrt=names, backward=True, exact=exact, scalar=wish.form in ("scalar", "both"), fuse=not unfold,
        lines=wish.lines, single=wish.single(float32),
    )  # fmt: skip
    write(present("backward", found, wish), output, words(spec or []).spec)
