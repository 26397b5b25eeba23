"""`nncalc graph`: the computation graph, drawn."""

from __future__ import annotations

import json
from importlib import import_module
from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.streams import listed, model_of, unicode_fits, words, write
from nncalc.graph.drawing import Drawing, drawing
from nncalc.graph.graph import Graph
from nncalc.graph.shapes import SCALAR, with_entries
from nncalc.language.formula import Name, name
from nncalc.language.printer import ASCII, Style, show
from nncalc.numbers.rounding import LEAST, Numbers, literals
from nncalc.numbers.run import ScalarMachine
from nncalc.problems import one_of
from nncalc.render.columns import note, sized
from nncalc.sheet.calculation import Calculation, calculate
from nncalc.sheet.remarks import conventions
from nncalc.spec.model import Model, divided

FORMATS = {"dot": "nncalc.render.dot", "mermaid": "nncalc.render.mermaid", "text": "nncalc.render.outline", "json": ""}


def graph(
    spec: options.Words = None,
    expr: options.Expressions = None,
    given: options.Given = None,
    state: options.State = None,
    level: Annotated[
        str, typer.Option("--level", metavar="vector|scalar", help="A box a quantity, or a box an entry.")
    ] = "vector",
    values: Annotated[bool, typer.Option("--values", help="Write each value into its box.")] = False,
    gradients: Annotated[
        bool, typer.Option("--gradients", help="Write the derivative of the output into each box.")
    ] = False,
    blank: Annotated[
        list[str] | None, typer.Option("--blank", metavar="NAMES", help="Leave these boxes empty, for an exercise.")
    ] = None,
    split: options.Split = None,
    precision: options.Precision = None,
    ascii_only: options.Ascii = False,
    format_: Annotated[
        str, typer.Option("--format", metavar="dot|mermaid|text|json", help="How the drawing is written down.")
    ] = "dot",
    output: options.Output = None,
) -> None:
    """Draw the computation graph of a network or a formula, as DOT for Graphviz.

    \b
    Examples:
      nncalc graph net.toml | dot -Tpng > net.png
      nncalc graph -e 'sin(x*y)/z + exp(x*z)/(x*y)' | dot -Tsvg > f.svg
      nncalc graph net.toml --values --gradients -o net.dot
      nncalc graph net.toml --blank a,z --format text
    """
    one_of("--format", format_, tuple(FORMATS))
    one_of("--level", level, ("vector", "scalar"))
    model = model_of(
        spec or [], expr or [], given or [], state or [], need_values=values or gradients or level == "scalar"
    )
    if split if split is not None else bool(expr):
        model = divided(model)
    found, style = _drawn(
        model, level, values, gradients, blank or [], precision, ascii_only or not (output or unicode_fits())
    )
    if format_ == "json":
        text = _json(found)
    else:
        text = import_module(FORMATS[format_]).render(found, style)
    write(text, output, words(spec or []).spec)


def _drawn(
    model: Model, level: str, values: bool, gradients: bool, blank: list[str], precision: int | None, ascii_only: bool
) -> tuple[Drawing, Style]:
    """Return the drawing and the spelling that suits it."""
    shapes = model.shapes() if all(leaf in model.given for leaf in model.graph.leaves) else None
    dots = level == "scalar" or shapes is None or all(shapes.of(n) == SCALAR for n in model.graph.names)
    arrays = with_entries(model.graph.names, shapes) if shapes is not None else frozenset()
    style = Style(not ascii_only, dots, frozenset(n.base for n in model.graph.names), arrays)
    solved: Calculation | None = None
    if values or gradients or level == "scalar":
        every = [leaf.base for leaf in model.graph.leaves if leaf not in model.targets]
        solved = calculate(model, wrt=every if gradients else None, backward=gradients, scalar=True)
    hidden = {model.find(part) for text in blank for part in listed(text)}

    def facts(of: Name) -> tuple[str, ...]:
        found: list[str] = []
        whole = name(of.base)
        if shapes is not None and whole in model.graph.leaves and not of.index and shapes.of(whole) != SCALAR:
            found.append(sized(shapes.of(whole), style))
        if solved is not None and values and of not in solved.missing:
            stated = " (stated)" if whole in model.stated else ""
            found.append(f"= {_value(solved, of, style, precision)}{stated}")
        slope = name(of.base, of.index, of=model.output) if model.output else None
        if solved is not None and gradients and slope is not None and _known(solved, slope):
            found.append(f"{show(slope, style)} = {_value(solved, slope, style, precision)}")
        return tuple(found)

    graph_ = _apart(solved) if level == "scalar" and solved is not None else model.graph
    kinds = [
        {of for of in graph_.names if name(of.base) in group} for group in (model.parameters, model.targets, hidden)
    ]
    found = drawing(graph_, kinds[0], kinds[1], facts, kinds[2], beside=level == "vector")
    notes = conventions(solved, [each.name for each in solved.backward.equations]) if solved is not None else ()
    return found._replace(notes=tuple(note((f"{said} decides ", at), style) for said, at in notes)), style


def _apart(solved: Calculation) -> Graph:
    """Return the scalar form that was run forward."""
    machine = solved.machine
    assert isinstance(machine, ScalarMachine)
    leaves = [each for leaf in solved.model.graph.leaves for row in machine.elements.names(leaf) for each in row]
    return Graph(tuple(leaves), tuple(equation for equation in machine.scalars if equation.name.of is None))


def _known(solved: Calculation, slope: Name) -> bool:
    machine = solved.machine
    assert isinstance(machine, ScalarMachine)
    return slope in machine.floats or slope in solved.backward.by_name


def _value(solved: Calculation, of: Name, style: Style, precision: int | None) -> str:
    machine = solved.machine
    assert isinstance(machine, ScalarMachine)
    if of in machine.floats:
        numbers = Numbers([[machine.given.get(of, machine.floats[of])]], [[machine.exacts[of]]], of in machine.given)
    else:
        rows = solved.model.given.get(of) or machine.rows(of)
        numbers = Numbers(rows, machine.exact_rows(of), of in solved.model.given)
    return show(literals(numbers.shown(precision or LEAST)), style)


def _json(found: Drawing) -> str:
    nodes = [
        {
            "id": box.name.id,
            "kind": box.kind,
            "formula": show(box.formula, ASCII) if box.formula is not None else None,
            "facts": list(box.facts),
        }
        for box in found.boxes
    ]
    edges = [{"from": one.id, "to": other.id} for one, other in found.arrows]
    notes = {"notes": found.notes} if found.notes else {}
    data = {"nncalc": 1, "command": "graph", "nodes": nodes, "edges": edges, **notes}
    return json.dumps(data, ensure_ascii=False) + "\n"
