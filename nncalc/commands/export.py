"""`nncalc export`: a calculation as a program for another library, or as a file."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated

import typer

from nncalc.cli import options
from nncalc.cli.streams import conventions, model_of, remark, words, write, write_file
from nncalc.export.targets import TARGETS
from nncalc.language.alphabet import listed
from nncalc.problems import Problem, one_of, safe


def export(
    spec: options.Words = None,
    expr: options.Expressions = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="|".join(TARGETS), help="What it is written for. Default: what FILE ends in, or numpy."
        ),
    ] = None,
    wrt: options.Wrt = None,
    of: options.Of = None,
    given: options.Given = None,
    convention: options.Convention = None,
    threads: options.Threads = None,  # noqa: ARG001 -- its callback says so to the libraries
    output: options.Output = None,
) -> None:
    """Write a network or a formula as a program that computes the same in another library.

    The program says its conventions, prints what it finds and compares that with the numbers found here, which are
    in it. It is run before it is written.

    \b
    Examples:
      nncalc export net.toml                      in NumPy, its gradients line by line
      nncalc export net.toml -o net.py && python net.py
      nncalc export net.toml -o net.onnx          its forward pass, for ONNX
      nncalc export net.toml -o net.safetensors   its parameters and inputs
    """
    target = _target(to, output)
    model = model_of(spec or [], expr or [], given or [], chosen=conventions(convention, None))
    if of is not None:
        model = model._replace(output=model.find(of))
    names = [part for text in wrt for part in listed(text)] if wrt else None
    found = import_module(TARGETS[target].module).written(model, target, names)
    for said in found.remarks:
        remark(said)
    source = words(spec or []).spec
    if output is None:
        write(found.data)
    else:
        write_file(found.data, output, source)


def _target(to: str | None, output: str | None) -> str:
    """Return what is written for, by its name or by what the file ends in; raise Problem (`usage`)."""
    if to is not None:
        one_of("--to", to, tuple(TARGETS))
    ending = os.path.splitext(output)[1].lower() if output is not None else ""
    found = to or next(
        (each for each, target in TARGETS.items() if target.ending == ending), None if ending else "numpy"
    )
    endings = ", ".join(dict.fromkeys(target.ending for target in TARGETS.values()))
    shown = safe(os.path.basename(output or ""), 100)
    if found is None:
        raise Problem(
            f"`{shown}` ends in nothing that is written here", None, f"its name may end in {endings}", "usage"
        )
    if ending not in ("", TARGETS[found].ending):
        raise Problem(
            f"--to {found} and the ending of `{shown}` contradict each other", None,
            f"it is `{TARGETS[found].ending}`", "usage",
        )  # fmt: skip
    if TARGETS[found].binary and output is None:
        raise Problem(f"--to {found} is written to a file", None, f"add -o net{TARGETS[found].ending}", "usage")
    return found
