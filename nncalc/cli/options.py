"""Options that several commands share, with their help, each said once."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from nncalc.problems import safe


def _digits(text: str) -> int:
    """Return a count of digits; raise BadParameter for anything but a whole number from 1 to 17."""
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:4]) <= 17):
        raise typer.BadParameter(f"`{safe(text, 80)}` is not a whole number from 1 to 17")
    return int(text)


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SPEC] [NAME=VALUE]...",
        help="A .toml or .json spec, - for standard input, nothing for the built-in example; and values to set.",
        show_default=False,
    ),
]
Expressions = Annotated[
    list[str] | None,
    typer.Option("-e", "--expr", metavar="'f = x*y'", help="An equation in place of a spec; may be repeated."),
]
Given = Annotated[
    list[str] | None,
    typer.Option("--given", metavar="NAME=VALUE", help="Start from a value of an intermediate quantity."),
]
State = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="NAME=VALUE", help="Say a value of an intermediate quantity, and keep its chain."),
]
Wrt = Annotated[
    list[str] | None,
    typer.Option("--wrt", metavar="NAMES", help="Differentiate by these quantities. Default: the parameters."),
]
Of = Annotated[
    str | None, typer.Option("--of", metavar="NAME", help="The quantity to differentiate. Default: the loss.")
]
Get = Annotated[
    list[str] | None,
    typer.Option("--get", metavar="NAME", help="Print the value of one quantity, alone. May be repeated: a line each."),
]
ShowSteps = Annotated[bool, typer.Option("--show-steps", help="Print every line of the calculation.")]
Form = Annotated[
    str | None,
    typer.Option("--form", metavar="scalar|vector|both", help="Entry by entry, in vectors, or one after the other."),
]
Split = Annotated[
    bool | None,
    typer.Option("--split/--no-split", help="One operation a line; the default for -e, off for a spec."),
]
Exact = Annotated[bool, typer.Option("--exact", help="Compute in rationals; what is irrational is refused.")]
Precision = Annotated[
    int | None,
    typer.Option(
        "--precision", metavar="N", parser=_digits,
        help="Significant digits at least, by default 6; operands get as many as let their line be computed again.",
    ),
]  # fmt: skip
Ascii = Annotated[bool, typer.Option("--ascii", help="Write alpha and d(loss)/d(yhat) for α and ∂ℓ/∂ŷ.")]
Layout = Annotated[
    str,
    typer.Option("--layout", metavar="denominator|numerator", help="Whether ∂y/∂x has the rows of x, or those of y."),
]
Declared = Annotated[
    list[str] | None,
    typer.Option("--shapes", metavar="'X: n x d, y: n'", help="The shapes of names without values; may be repeated."),
]
Format = Annotated[
    str,
    typer.Option(
        "--format", metavar="FORMAT",
        help="table, plain (one line a quantity), json (one object), csv, markdown, latex or html.",
    ),
]  # fmt: skip
Float32 = Annotated[bool, typer.Option("--float32", help="Compute in single floats, in arrays; no lines are shown.")]


def _threads(count: int | None) -> int | None:
    """Say how many threads a product of matrices may take, before NumPy is imported."""
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        if count is not None:
            os.environ[variable] = str(count)
        else:
            os.environ.setdefault(variable, "1")
    return count


Threads = Annotated[
    int | None,
    typer.Option(
        "--threads", min=1, max=256, callback=_threads, metavar="N",
        help="How many threads a product of large matrices may take; by default 1.",
    ),
]  # fmt: skip
Standalone = Annotated[
    str | None,
    typer.Option("--standalone", metavar="article|beamer", help="With --format latex: a whole document, or slides."),
]
Width = Annotated[
    str | None,
    typer.Option("--width", metavar="12cm", help="With --format latex: how wide a line is, in cm, mm, in or pt."),
]


def _paged(asked: bool) -> bool:
    """Have what is printed go through a pager, where standard output is a terminal."""
    from nncalc.cli.streams import page_through

    page_through(asked)
    return asked


Pager = Annotated[
    bool, typer.Option("--pager", callback=_paged, help="On a terminal, print through a pager: $PAGER, or less.")
]
Picture = Annotated[
    str | None,
    typer.Option(
        "--picture", metavar="FILE", help="With --standalone: a .pdf or .png, such as graph -o draws, under the title."
    ),
]
Full = Annotated[
    bool, typer.Option("--full", help="Print all of it, however many lines and numbers: nothing is cut in the middle.")
]
Example = Annotated[
    int | None,
    typer.Option("--example", min=1, metavar="N", help="Of a batch, show the lines of one example, entry by entry."),
]
Matrices = Annotated[
    str | None,
    typer.Option("--matrices", metavar="tall|inline", help="A matrix of a table over several lines, or in one."),
]
Convention = Annotated[
    list[str] | None,
    typer.Option(
        "--convention", metavar="KEY=VALUE",
        help="relu_slope_at_0, max_tie, round_steps, round_half or examples, before what the spec says of it.",
    ),
]  # fmt: skip
RoundSteps = Annotated[
    str | None, typer.Option("--round-steps", metavar="N", help="Round every step to N places after the point.")
]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file.")]
