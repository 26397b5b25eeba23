"""What a file is, by the ending of its name: `-o out.json` is JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Final

from nncalc.problems import Problem, safe

#: The form that an ending stands for; text is a table, or plain lines where that is asked for.
ENDINGS: Final = {
    ".json": ("json",), ".csv": ("csv",), ".md": ("markdown",), ".tex": ("latex",), ".html": ("html",),
    ".htm": ("html",), ".txt": ("table", "plain"), ".py": ("numpy",), ".toml": ("toml",),
}  # fmt: skip


def forms_of(command: str) -> tuple[str, ...]:
    """Return the forms that a command writes: what it derives `derive` writes in NumPy as well; a worksheet is read."""
    from nncalc.render import FORMATS

    if command == "worksheet":
        return tuple(form for form in FORMATS if form not in ("json", "csv"))
    return (*FORMATS, "numpy") if command == "derive" else FORMATS


def form_of(output: str, asked: str | None, forms: tuple[str, ...]) -> str | None:
    """Return the form that is written to a file, of those there are; None where its name has no ending.

    Raises Problem (`usage`) for an ending that stands for none of them, or for another than is asked for.
    """
    ending = os.path.splitext(output)[1].lower()
    if not ending:
        return asked
    meant = [form for form in ENDINGS.get(ending, ()) if form in forms]
    if not meant:
        raise unknown_ending(output, [each for each, found in ENDINGS.items() if set(found) & {*forms}])
    if asked is not None and asked not in meant:
        name = safe(os.path.basename(output), 100)
        raise Problem(
            f"--format {safe(asked, 40)} and the ending of `{name}` contradict each other",
            None, "leave out --format, and the ending decides", "usage",
        )  # fmt: skip
    return asked or meant[0]


def unknown_ending(output: str, known: Iterable[str]) -> Problem:
    """Return the problem of a file whose name ends in no form that is written."""
    what = f"`{safe(os.path.basename(output), 100)}` ends in no form that is written here"
    return Problem(what, None, f"its name may end in {', '.join(known)}", "usage")


def is_same(output: str, spec: str | None) -> bool:
    """Return whether a file is the spec itself, which may be no file but a name."""
    return spec is not None and os.path.exists(output) and os.path.exists(spec) and os.path.samefile(output, spec)
