"""`nncalc shapes`: which shapes fit, in a chain of derivatives and in a network."""

from __future__ import annotations

import os

from nncalc.cli import options
from nncalc.cli.streams import conventions, model_of, paper_of, printed, words, write
from nncalc.language.alphabet import canonical_name
from nncalc.problems import Problem, one_of, safe
from nncalc.render import FORMATS
from nncalc.shaping.matching import chain, sheet
from nncalc.shaping.page import chain_page, sheet_page


def shapes(
    spec: options.Words = None,
    expr: options.Expressions = None,
    declared: options.Declared = None,
    convention: options.Convention = None,
    layout: options.Layout = "denominator",
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
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
    paper = paper_of(format_, standalone, width, picture)
    given = spec or []
    text = chain_in(given)
    if text is not None and (expr or declared or len(given) > 1):
        raise Problem(f"`{safe(text, 100)}` is a chain, which stands alone", None, "leave one of them out", "usage")
    one_of("--layout", layout, ("denominator", "numerator"))
    file = output is not None
    if text is not None:
        page = chain_page(chain(text, "numerator" if layout == "numerator" else "denominator"))
        write(printed([page._replace(full=full)], format_, ascii_only=ascii_only, file=file, paper=paper), output)
        return
    if declared and not expr:
        raise Problem("--shapes goes with -e: the values of a spec have their shapes", None, None, "usage")
    if layout != "denominator":
        raise Problem("--layout goes with a chain: a gradient has the shape of its quantity", None, None, "usage")
    model = model_of(given, expr or [], [], need_values=False, chosen=conventions(convention, None))
    page = sheet_page(sheet(model, declared or []))
    page = page._replace(full=full)
    write(printed([page], format_, ascii_only=ascii_only, file=file, paper=paper), output, words(given).spec)


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
