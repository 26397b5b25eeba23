"""`nncalc graph`: the computation graph or the network diagram, drawn."""

from __future__ import annotations

import json
import os
from importlib import import_module
from typing import Annotated, Any

import typer

from nncalc.cli import options
from nncalc.cli.endings import unknown_ending
from nncalc.cli.streams import (
    check_place,
    conventions,
    model_of,
    remark,
    unicode_fits,
    words,
    write,
    write_file,
)
from nncalc.graph.drawing import Box, Drawing, Fact, line, noted
from nncalc.language.alphabet import listed
from nncalc.language.figures import plain, unwrapped
from nncalc.language.printer import ASCII, Style, show
from nncalc.problems import Problem, one_of, safe
from nncalc.sheet.data import shaped
from nncalc.sheet.diagram import diagram
from nncalc.sheet.picture import Wish, picture, spelling
from nncalc.sheet.worksheet import FEW, Display
from nncalc.spec.model import Model, divided

#: How many arrows Mermaid draws unasked; a page cannot raise that, only whoever sets Mermaid up.
MERMAID = 500
FORMATS = {"dot": "nncalc.render.dot", "mermaid": "nncalc.render.mermaid", "text": "nncalc.render.outline", "json": ""}
#: What a file is by the ending of its name.
ENDINGS = {
    ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid", ".md": "mermaid", ".txt": "text",
    ".json": "json", ".svg": "svg", ".png": "png", ".pdf": "pdf",
}  # fmt: skip
PICTURES = ("svg", "png", "pdf")


def graph(
    spec: options.Words = None,
    expr: options.Expressions = None,
    given: options.Given = None,
    state: options.State = None,
    kind: Annotated[
        str,
        typer.Option("--kind", metavar="computation|network", help="A box a quantity, or a circle a unit of a layer."),
    ] = "computation",
    level: Annotated[
        str, typer.Option("--level", metavar="vector|scalar", help="A box a quantity, or a box an entry.")
    ] = "vector",
    values: Annotated[bool, typer.Option("--values", help="Write each value into its box.")] = False,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="Write the derivative of the output into each box.")
    ] = False,
    backward: Annotated[
        bool, typer.Option("--backward", help="Draw the backward pass, what each arrow carries beside it.")
    ] = False,
    intercepts: Annotated[
        bool, typer.Option("--intercepts", help="Draw the intercepts of a network, as edges from a 1.")
    ] = False,
    blank: Annotated[
        list[str] | None, typer.Option("--blank", metavar="NAMES", help="Leave these boxes empty, for an exercise.")
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option("--entry", metavar="NAME", help="Draw what one entry is computed from: the window of A[1,2]."),
    ] = None,
    split: options.Split = None,
    convention: options.Convention = None,
    round_steps: options.RoundSteps = None,
    precision: options.Precision = None,
    full: options.Full = False,
    ascii_only: options.Ascii = False,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format", metavar="dot|mermaid|text|json", help="How it is written down; by default as FILE ends, or dot."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write to a file; Graphviz draws .svg, .png and .pdf."),
    ] = None,
) -> None:
    """Draw the computation graph of a network or a formula, or the network, as DOT for Graphviz.

    \b
    Examples:
      nncalc graph net.toml -o net.svg
      nncalc graph net.toml --values --gradients -o net.png
      nncalc graph net.toml --kind network --intercepts -o net.pdf
      nncalc graph -e 'sin(x*y)/z + exp(x*z)/(x*y)' | dot -Tsvg > f.svg
      nncalc graph net.toml --backward --level scalar -o backward.svg
      nncalc graph net.toml --blank a,z --format text
      nncalc graph convolution --entry 'A1[1,2]' -o window.svg
    """
    one_of("--level", level, ("vector", "scalar"))
    one_of("--kind", kind, ("computation", "network"))
    source = words(spec or []).spec
    if output is not None:
        check_place(output, source)
    form = _form(format_, output)
    _together(kind, level, backward=backward, intercepts=intercepts)
    if entry is not None and (kind == "network" or level == "scalar" or backward or gradients or blank):
        raise Problem("--entry draws one entry with all numbers, and nothing else", None, "leave out the rest", "usage")
    need = values or gradients or backward or level == "scalar" or kind == "network" or entry is not None
    model = model_of(
        spec or [], expr or [], given or [], state or [], need_values=need, chosen=conventions(convention, round_steps)
    )
    hidden = frozenset(model.find(part) for text in blank or [] for part in listed(text))
    wish = Wish(level == "scalar", values, gradients, backward, hidden, Display(precision, most=None if full else FEW))
    paper = not ascii_only and (output is not None or unicode_fits())
    if entry is not None:
        from nncalc.sheet.window import window

        found = window(model, entry, wish.display)
    elif kind == "network":
        computed = min((of.id for of in hidden if of not in model.parameters), default=None)
        if computed is not None:
            raise Problem(f"--blank {computed}: of a network only weights are left out", None,
                          "name parameters, or leave out --kind", "usage")  # fmt: skip
        found = diagram(model, wish, intercepts=intercepts)
    else:
        alone = bool(expr) or (not model.parameters and len(model.graph.equations) == 1)
        model = divided(model) if (split if split is not None else alone) else model
        found = picture(model, wish)
    _write(found, model, form, spelling(model, found, scalar=level == "scalar", paper=paper), output, source)


def _form(format_: str | None, output: str | None) -> str:
    """Return what is written; raise Problem (`usage`) where the format and the ending of the file contradict."""
    if format_ is not None:
        one_of("--format", format_, tuple(FORMATS))
    ending = os.path.splitext(output)[1].lower() if output is not None else ""
    meant = ENDINGS.get(ending)
    if ending and meant is None:
        raise unknown_ending(output or "", ENDINGS)
    if format_ is not None and meant is not None and meant != format_:
        shown = safe(output or "", 200)
        raise Problem(
            f"--format {format_} and the ending of `{shown}` contradict each other", None,
            "leave out --format, and the ending decides", "usage",
        )  # fmt: skip
    return meant or format_ or "dot"


def _together(kind: str, level: str, *, backward: bool, intercepts: bool) -> None:
    """Raise Problem (`usage`) for options that do not go together."""
    if kind == "network" and (backward or level == "scalar"):
        option = "--backward" if backward else "--level scalar"
        raise Problem(f"{option} is of a computation graph, not of a network", None, "leave out --kind", "usage")
    if kind != "network" and intercepts:
        raise Problem("--intercepts is of a network diagram", None, "add --kind network", "usage")


def _write(found: Drawing, model: Model, form: str, style: Style, output: str | None, source: str | None) -> None:
    """Write a drawing down, or have it drawn."""
    if form == "json":
        write(_json(found, model), output, source)
        return
    if form == "mermaid" and len(found.arrows) > MERMAID:
        what = f"Mermaid draws {MERMAID} arrows where nobody sets `maxEdges`, and these are {len(found.arrows)}"
        remark(f"{what}; `--format dot` has no such bound")
    text: str = import_module(FORMATS.get(form, FORMATS["dot"])).render(found, style)
    if form in PICTURES and output is not None:
        from nncalc.cli.graphviz import drawn

        write_file(drawn(text, form), output, source)
        return
    if output is not None and output.lower().endswith(".md"):
        text = f"```mermaid\n{text}```\n"
    write(text, output, source)


def _json(found: Drawing, model: Model) -> str:
    style = Style(paper=True)
    nodes = [
        {
            "id": box.name.id,
            "kind": box.kind,
            "formula": show(box.formula, ASCII) if box.formula is not None else None,
            "facts": [line(fact, style) for fact in box.facts],
            **({"channels": [each.id for each in box.channels]} if box.channels else {}),
            **({"words": [noted(each, ASCII) for each in box.lines]} if box.lines else {}),
            **{fact.role: _number(fact, box, model) for fact in box.facts},
        }
        for box in found.boxes
    ]
    edges = [
        {"from": arrow.start.id, "to": arrow.end.id}
        | ({"label": show(arrow.label, ASCII)} if arrow.label is not None else {})
        | ({"words": noted(arrow.words, ASCII).strip().replace("\n", " ")} if arrow.words else {})
        | ({"weight": plain(arrow.weight)} if arrow.weight is not None else {})
        for arrow in found.arrows
    ]
    notes = {"notes": [noted(note, style) for note in found.notes]} if found.notes else {}
    data = {"nncalc": 1, "command": "graph", "nodes": nodes, "edges": edges, **notes}
    return json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n"


def _number(fact: Fact, box: Box, model: Model) -> Any:
    """Return a fact as numbers: those of a quantity in the shape the user typed it in, as its values are elsewhere."""
    if fact.role == "shape":
        return fact.value
    if box.kind == "unit" or box.name.index:
        return unwrapped(fact.rows, plain)
    return shaped(model, box.name, fact.rows)
