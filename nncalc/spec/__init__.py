"""Specs: files in TOML or JSON to equations and numbers.

`read`, `of_document` and `value` are the only ways in. Knows files and layer templates; nothing of
derivatives or of how results look.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from nncalc.problems import Problem, Where
from nncalc.spec.conventions import Conventions, read_conventions
from nncalc.spec.document import Document, load
from nncalc.spec.node import Node
from nncalc.spec.statements import Given, Spec, Statement, Training, transposed

__all__ = ["Given", "Spec", "Statement", "of_document", "read", "transposed", "value"]

_COMMON = ("name", "output")
_LAYERS = ("input", "layers", "loss")
_EQUATIONS = ("inputs", "targets", "parameters", "equations", "batch")


def read(
    data: bytes,
    source: str,
    form: Literal["toml", "json"],
    folder: str | None,
    chosen: Conventions = Conventions(),  # noqa: B008 -- which never changes
) -> Spec:
    """Return the spec that `data` says; raise Problem where it says none.

    `folder` is where data files may lie; None when the spec has no folder of its own. What is `chosen` goes before the
    conventions of the spec.
    """
    return of_document(load(data, source, form), folder, chosen)


def of_document(document: Document, folder: str | None, chosen: Conventions) -> Spec:
    """Return the spec that a document is, its data files in `folder`; raise Problem where it is none."""
    source = document.source
    keys = {key: value for key, value in document.tree.items() if key != "$schema"}  # which is for editors
    root = Node(document, (), keys)
    root.table((*_COMMON, *_LAYERS, *_EQUATIONS, "conventions", "training"))
    by_equations = [key for key in _EQUATIONS if key in keys]
    by_layers = [key for key in _LAYERS if key in keys]
    if "equations" in keys and by_layers:
        raise root.at(by_layers[0]).problem(
            "does not go with `equations`", "a spec is written either in layers or in equations", part="key"
        )
    if not by_equations and not by_layers:
        hint = "see docs/spec.md for what a spec holds"
        raise Problem("missing keys: `equations`, or `input` and `layers`", Where(source), hint)
    name = node.text() if (node := root.get("name")) else ""
    place = None if folder is None else str(folder)
    own = _conventions(root)
    conventions = chosen.over(own).checked()
    from nncalc.spec.sources import Reading

    if by_layers:
        from nncalc.spec.network import from_layers as from_document
    else:
        from nncalc.spec.equations import from_equations

        if conventions.rows != own.rows:
            raise Problem(
                "equations say themselves how the examples of a batch lie", Where(source),
                'write them for rows, `x*W` for `W*x`, and set examples = "rows" in [conventions]', "usage",
            )  # fmt: skip
        from_document = partial(from_equations, rows=own.rows)

    def some(most: int | None, anew: Mapping[str, Given]) -> Spec:
        return from_document(root, name, Reading(place, most, anew))._replace(conventions=conventions)

    def again(anew: Mapping[str, Given], before: Mapping[str, Given]) -> Spec:
        every = {**before, **anew}
        return some(None, every)._replace(
            training=_training(root), first=partial(some, anew=every), anew=partial(again, before=every)
        )

    return again({}, {})


def _conventions(root: Node) -> Conventions:
    """Return the conventions that the spec says."""
    node = root.get("conventions")
    if node is None:
        return Conventions()
    return read_conventions(node)


def _training(root: Node) -> Training:
    """Return what the spec says of training."""
    node = root.get("training")
    if node is None:
        return Training()
    from nncalc.spec.training import read_training

    return read_training(node)


def value(text: str, source: str) -> Given:
    """Return the quantity that `text`, typed on the command line, says; raise Problem where it says none."""
    from nncalc.spec.typed import given

    return given(text, source)
