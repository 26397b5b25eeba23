"""`nncalc ops`: what the operation table says of an operation, or a list of all."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.streams import paper_of, printed, write
from nncalc.problems import one_of
from nncalc.reference.entry import named
from nncalc.reference.page import list_page, operation_page
from nncalc.render import FORMATS


def ops(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[OPERATION]...",
            help="Operations, by name or by sign; nothing for a list of all.",
            show_default=False,
        ),
    ] = None,
    ascii_only: options.Ascii = False,
    format_: options.Format = "table",
    standalone: options.Standalone = None,
    width: options.Width = None,
    picture: options.Picture = None,
    full: options.Full = False,
    pager: options.Pager = False,  # noqa: ARG001 -- its callback says so to what writes
    output: options.Output = None,
) -> None:
    """Look up an operation: its definition, slope, shapes, settings, domain, kink and source, and a plot.

    \b
    Examples:
      nncalc ops                  all operations, by what they are for
      nncalc ops huber            one of them
      nncalc ops elu celu '.*'    several, by name or by sign
      nncalc ops gelu --format json
    """  # fmt: skip
    one_of("--format", format_, FORMATS)
    paper = paper_of(format_, standalone, width, picture)
    pages = [operation_page(named(word)) for word in words or []] or [list_page()]
    pages = [page._replace(full=full) for page in pages]
    write(printed(pages, format_, ascii_only=ascii_only, file=output is not None, paper=paper), output)
