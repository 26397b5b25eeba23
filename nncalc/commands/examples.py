"""`nncalc examples`: the networks that come with the program."""

from __future__ import annotations

from typing import Annotated

import typer

from nncalc.cli.streams import write, write_new
from nncalc.interface.opening import about
from nncalc.interface.opening import examples as found
from nncalc.problems import Problem, nearest, safe


def examples(
    copy: Annotated[
        str | None, typer.Option("--copy", metavar="EXAMPLE", help="Write the spec of one into this folder.")
    ] = None,
) -> None:
    """List the networks that are built in; every command takes their names.

    \b
    Examples:
      nncalc examples
      nncalc backward xor --show-steps
      nncalc examples --copy xor             writes xor.toml, to be changed
    """
    known = found()
    if copy is None:
        width = max(map(len, known), default=0)
        write("".join(f"{name:{width}}  {about(path)}\n" for name, path in known.items()))
        return
    if copy not in known:
        near = nearest(copy, known)
        hint = f"did you mean `{near}`?" if near else "`nncalc examples` lists them"
        raise Problem(f"there is no example `{safe(copy, 80)}`", None, hint, "name")
    with open(known[copy], encoding="utf-8") as file:
        write_new(file.read(), f"{copy}.toml")
