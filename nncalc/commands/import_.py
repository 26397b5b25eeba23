"""`nncalc import`: a spec of a file of weights or of a model of another program."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from nncalc.cli.streams import check_place, remark, words, write, write_file
from nncalc.interface.opening import PICKLES, SAVE, contents, read_spec
from nncalc.problems import Problem, Where, one_of, safe

if TYPE_CHECKING:
    from nncalc.exchange.writing import Imported, Numbers, Tree
    from nncalc.spec import Given
    from nncalc.spec.model import Model


def import_(
    file: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE [NAME=VALUE]...",
            help="A .safetensors, .npz or .onnx file; and the input and the target.",
            show_default=False,
        ),
    ] = None,
    like: Annotated[
        str | None, typer.Option("--like", metavar="SPEC", help="Put the weights into this spec, in place of its own.")
    ] = None,
    activation: Annotated[
        str | None, typer.Option("--activation", metavar="ACTIVATION", help="What follows each layer but the last.")
    ] = None,
    output_activation: Annotated[
        str | None, typer.Option("--output-activation", metavar="ACTIVATION", help="What follows the last layer.")
    ] = None,
    loss: Annotated[str | None, typer.Option("--loss", metavar="LOSS", help="The loss, such as squared_error.")] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            "--layout", metavar="out_in|in_out", help="Whether a row of weights is a unit it goes to, or a column."
        ),
    ] = None,
    order: Annotated[
        str | None,
        typer.Option(
            "--order", metavar="LAYERS", help="The layers of the file in order, by what names begin with: hidden,out."
        ),
    ] = None,
    digits: Annotated[
        int | None,
        typer.Option("--digits", min=1, max=17, metavar="N", help="Round the weights to N significant digits."),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the spec, its many numbers into a file beside it."),
    ] = None,
) -> None:
    """Make a spec of a file of weights or of an ONNX model, or put such weights into a spec.

    \b
    Examples:
      nncalc import model.safetensors --activation relu --loss squared_error x=1,2 y=3 -o net.toml
      nncalc import model.npz --like net.toml -o trained.toml
      nncalc import model.onnx x=1,2 -o net.toml
    """
    from nncalc.exchange.writing import placed, toml
    from nncalc.interface.objects import given_in

    found = words(file or [])
    path = _checked(found.spec, output)
    layers = None if order is None else [each.strip() for each in order.split(",")]
    given = given_in(found.values, "argument")
    wanted = _Wanted(activation, output_activation, loss, layout, layers, given).checked()
    known: dict[str, Numbers] = {}
    before: Model | None = None
    if path.lower().endswith(".onnx"):
        imported = _from_graph(path, wanted, like)
    else:
        known = _arrays(path)
        imported, before = _likened(like, wanted, known) if like else (_chained(wanted, known), None)
    tree, beside = placed(imported.tree, output, path, known, digits)
    text = toml(tree)
    with _beside(beside, output, path):
        _verify(text, output, like, before, imported.tree)
        write(text, output, path)
    said = [f"numbers are rounded to {digits} digits"] if digits is not None else []
    for each in (*imported.remarks, *said):
        remark(each)
    if beside is not None:
        remark(f"the numbers are in {beside[0]}")


def _checked(path: str | None, output: str | None) -> str:
    """Return the name of the file; raise Problem (`usage`, `file`) where nothing can be made of it."""
    if path is None:
        raise Problem("no file is named", None, "a .safetensors, a .npz or an .onnx file", "usage")
    if output is not None:
        if not output.endswith(".toml"):
            raise Problem(f"`{safe(output, 100)}` is to be a spec", None, "its name ends in .toml", "usage")
        check_place(output, path)
    return path


class _Wanted(NamedTuple):
    """What is said of the network."""

    activation: str | None
    output_activation: str | None
    loss: str | None
    layout: str | None
    order: list[str] | None
    values: dict[str, Given]

    def checked(self) -> _Wanted:
        """Return the same; raise Problem (`usage`) for a word that is none."""
        from nncalc.spec.layers import ACTIVATIONS, LOSSES

        activations = tuple(ACTIVATIONS)
        known = {"--activation": (self.activation, activations), "--loss": (self.loss, tuple(LOSSES))}
        known |= {"--output-activation": (self.output_activation, activations)}
        known |= {"--layout": (self.layout, ("out_in", "in_out"))}
        for option, (word, allowed) in known.items():
            if word is not None:
                one_of(option, word, allowed)
        return self


def _from_graph(path: str, wanted: _Wanted, like: str | None) -> Imported:
    """Return the spec of an ONNX model, which says its network itself."""
    from nncalc.exchange.from_onnx import from_graph
    from nncalc.exchange.onnx_file import read

    shown, data = safe(path, 200), _bytes(path)
    try:
        graph = read(data)
        _check_alone(like, wanted)
        return from_graph(graph, wanted.values, wanted.loss)
    except Problem as problem:
        if problem.code != "file" or problem.where is not None:
            raise
        raise Problem(f"`{shown}`: {problem.message}", Where(shown), problem.hint, "file") from None


def _check_alone(like: str | None, wanted: _Wanted) -> None:
    """Raise Problem (`usage`) where something is said that a model of ONNX says itself."""
    if (like, *wanted[:2], wanted.layout, wanted.order) != (None,) * 5:
        hint = "leave out --like, --activation, --output-activation, --layout and --order"
        raise Problem("a model of ONNX says itself what network it is", None, hint, "usage")


def _bytes(path: str) -> bytes:
    """Return what is in a file; raise Problem (`file`) where that is nothing."""
    data = contents(path)
    if not data:
        shown = safe(path, 200)
        raise Problem(f"`{shown}`: the file is empty", Where(shown), None, "file")
    return data


def _arrays(path: str) -> dict[str, Numbers]:
    """Return the arrays of a file of weights; raise Problem (`file`)."""
    from nncalc.exchange.weights import read_weights

    shown, ending = safe(path, 200), os.path.splitext(path)[1].lower()
    if ending in PICKLES:
        raise Problem(f"`{shown}` may hold code, and is never opened", Where(shown), SAVE, "file")
    if ending not in (".safetensors", ".npz"):
        hint = "a .safetensors, a .npz or an .onnx file, which its name says"
        raise Problem(f"`{shown}` is no file that is read here", Where(shown), hint, "file")
    return read_weights(_bytes(path), path)


def _likened(like: str, wanted: _Wanted, arrays: dict[str, Numbers]) -> tuple[Imported, Model]:
    """Return a spec with these weights in place of its own, and the model that it was of."""
    from nncalc.exchange.likeness import filled
    from nncalc.spec.model import from_spec

    if wanted != _Wanted(None, None, None, None, wanted.order, {}):
        what = "the spec of --like says the network, its input and its target"
        raise Problem(what, None, "leave the other options out", "usage")
    spec = read_spec(like)
    model = from_spec(spec)
    return filled(spec, model, arrays, wanted.order), model


def _chained(wanted: _Wanted, arrays: dict[str, Numbers]) -> Imported:
    """Return the spec of a chain of dense layers."""
    from nncalc.exchange.chains import Wanted, chain
    from nncalc.exchange.weights import dense_layers

    stranger = next((each for each in wanted.values if each not in ("x", "y")), None)
    if stranger is not None:
        hint = "x is the input, y the target"
        raise Problem(f"`{safe(stranger, 80)}` is nothing that is set here", None, hint, "usage")
    layers, order = dense_layers(arrays, wanted.layout, wanted.order)
    said = Wanted("x", wanted.values.get("x"), wanted.values.get("y"), wanted.loss)
    return chain(layers, (wanted.activation, wanted.output_activation), said, order)


@contextmanager
def _beside(beside: tuple[str, bytes] | None, output: str | None, source: str) -> Iterator[None]:
    """Have a file of numbers beside the spec while that is written, and for good where nothing goes wrong."""
    if beside is None or output is None:
        yield
        return
    path = os.path.join(os.path.dirname(output), beside[0])
    there, shown = os.path.exists(path), safe(path, 200)
    if there and contents(path) != beside[1]:
        hint = "move it away, or name another spec with -o"
        raise Problem(f"`{shown}` is here already, and holds other numbers", Where(shown), hint, "file")
    write_file(beside[1], path, source)
    try:
        yield
    except BaseException:
        if not there:
            os.unlink(path)
        raise


def _verify(text: str, output: str | None, like: str | None, before: Model | None, tree: Tree) -> None:
    """Raise Problem where a spec that was made is not sound, or has parameters of other shapes than `before`."""
    from nncalc.spec import read
    from nncalc.spec.model import from_spec, shape_of

    folder = None if (near := output or like) is None else os.path.dirname(os.path.abspath(near))
    try:
        model = from_spec(read(text.encode(), output or "net.toml", "toml", folder))
        model.shapes()
    except Problem as problem:
        raise _of_options(problem, tree) from None
    if before is None:
        return
    for of in before.parameters:
        if of not in model.given or shape_of(before.given[of]) != shape_of(model.given[of]):
            raise Problem(f"`{of}` has another shape than before", None, None, "shape")


def _of_options(problem: Problem, tree: Tree) -> Problem:
    """Return what is wrong with a spec that is not written, as said of the options that it was made of."""
    path = (problem.where.path or "") if isinstance(problem.where, Where) else ""
    message = re.sub(r" \(line \d+\)", "", problem.message)
    if path == "loss.type":
        return Problem(f"--loss: {message.removeprefix('loss.type: ')}", None, _losses(tree), "usage")
    return Problem(message.removeprefix("loss.target: "), None, problem.hint, problem.code)


def _losses(tree: Tree) -> str:
    """Return which losses of the same targets may follow what a network ends with."""
    from nncalc.spec.layers import LOSSES

    loss, layers = tree["loss"], tree["layers"]
    assert isinstance(loss, dict)
    assert isinstance(layers, list)
    last = layers[-1].get("activation", "linear")
    ends, wanted = last["type"] if isinstance(last, dict) else last, LOSSES[loss["type"]]
    fit = [name for name, each in LOSSES.items() if each.target == wanted.target and ends in each.after]
    return f"{', '.join(f'`--loss {each}`' for each in fit)} may; this one follows {' or '.join(wanted.after)}"
