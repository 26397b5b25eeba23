"""`nncalc shapes`: which shapes fit, in a chain of derivatives and in a network."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.streams import model_of, unicode_fits, words, write
from nncalc.language.alphabet import canonical_name
from nncalc.language.printer import Style
from nncalc.problems import Problem, one_of, safe
from nncalc.shaping.matching import Chain, Sheet, chain, sheet

FORMATS = ("table", "plain", "json")


def shapes(
    spec: options.Words = None,
    expr: options.Expressions = None,
    declared: options.Declared = None,
    layout: options.Layout = "denominator",
    ascii_only: options.Ascii = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="FORMAT", help="table, plain (one line a quantity) or json.")
    ] = "table",
    output: options.Output = None,
) -> None:
    """Match shapes: of a chain of derivatives, or of every quantity and gradient of a network.

    \b
    Examples:
      nncalc shapes 'x: p -> y: r -> z: n'            the shapes of dz/dx and its factors, and their order
      nncalc shapes 'x: 3 -> y: 4 -> z: 1' --layout numerator
      nncalc shapes net.toml                          every quantity and every gradient, and why
      nncalc shapes -e 'norm2(y - X*theta)^2' --shapes 'X: n x d'
    """
    one_of("--format", format_, FORMATS)
    given = spec or []
    text = chain_in(given)
    if text is not None and (expr or declared or len(given) > 1):
        raise Problem(f"`{safe(text, 100)}` is a chain, which stands alone", None, "leave one of them out", "usage")
    one_of("--layout", layout, ("denominator", "numerator"))
    style = Style(paper=not ascii_only and (output is not None or unicode_fits()), dot=False)
    if text is not None:
        found = chain(text, "numerator" if layout == "numerator" else "denominator")
        write(chain_text(found, style, format_), output)
        return
    if declared and not expr:
        raise Problem("--shapes goes with -e: the values of a spec have their shapes", None, None, "usage")
    if layout != "denominator":
        raise Problem("--layout goes with a chain: a gradient has the shape of its quantity", None, None, "usage")
    model = model_of(given, expr or [], [], need_values=False)
    write(sheet_text(sheet(model, declared or []), style, format_), output, words(given).spec)


def chain_in(given: list[str]) -> str | None:
    """Return the word that is a chain, None where there is none; raise Problem (`usage`) for what is neither."""
    for word in given:
        if not word.strip():
            raise Problem("the chain is empty", None, "a chain is written `x: p -> y: r -> z: n`", "usage")
        left, colon, _ = word.partition(":")
        chained = "->" in word or "→" in word
        named = bool(colon) and canonical_name(left.strip()) is not None and "=" not in word
        if chained or (named and not os.path.exists(word) and not word.lower().endswith((".toml", ".json"))):
            if "-" in given:
                raise Problem(
                    f"a chain is one word, this one ends after `{safe(word, 100)}`", None,
                    "put it in quotes: `->` means something to the shell", "usage",
                )  # fmt: skip
            return word
    return None


def chain_text(found: Chain, style: Style, format_: str) -> str:
    """Return what is printed of a chain."""
    if format_ == "json":
        from nncalc.render.shape_json import render_chain as render_json

        return render_json(found)
    from nncalc.render.shape_table import render_chain

    return render_chain(found, style, plain=format_ == "plain")


def sheet_text(found: Sheet, style: Style, format_: str) -> str:
    """Return what is printed of a network."""
    style = style._replace(whole=found.whole)
    if format_ == "json":
        from nncalc.render.shape_json import render_sheet as render_json

        return render_json(found, style)
    from nncalc.render.shape_table import render_sheet

    return render_sheet(found, style, plain=format_ == "plain")
