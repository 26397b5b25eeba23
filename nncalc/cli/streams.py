"""What a command reads and writes: the spec, the words of the command line, the output.

Knows files and streams. Whatever goes wrong is a Problem or, where the reader of the
output went away, a BrokenPipeError.
"""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple, TextIO

from nncalc.cli.endings import is_same
from nncalc.interface.opening import EXAMPLE, example, of_expressions, read_spec, ready, reason
from nncalc.language.alphabet import canonical_name
from nncalc.problems import Problem, Where, one_of, safe
from nncalc.progress import hush, silence

if TYPE_CHECKING:
    from nncalc.page import Page
    from nncalc.render.paper import Paper
    from nncalc.spec import Given
    from nncalc.spec.conventions import Conventions
    from nncalc.spec.model import Model


class Words(NamedTuple):
    """The words after a command: at most one spec, and values such as `x=1,2`."""

    spec: str | None
    values: tuple[tuple[str, str], ...]


def words(given: Sequence[str]) -> Words:
    """Sort the words of a command line into a spec and values; raise Problem (`usage`) for a second spec."""
    spec: str | None = None
    values: list[tuple[str, str]] = []
    for word in given:
        left, found, right = word.partition("=")
        if found and _is_name(left.strip()):
            values.append((left.strip(), right))
        elif spec is None:
            spec = word
        else:
            raise Problem(
                f"one spec at a time: `{safe(spec, 100)}` and `{safe(word, 100)}`", None,
                "a value is written NAME=VALUE", "usage",
            )  # fmt: skip
    return Words(spec, tuple(values))


#: An entry of a quantity, as a page or a person calls it: `W1[1,2]`, `W1.1.2`.
_ENTRY = re.compile(r"[^\W\d]\w*(?:\[[0-9, ]+\]|(?:\.[0-9]{1,6}){1,2})")


def _is_name(text: str) -> bool:
    """Return whether a text before `=` names a quantity or an entry of one, and is no part of a path."""
    return canonical_name(text) is not None or _ENTRY.fullmatch(text) is not None


def remark(text: str) -> None:
    """Say something on standard error."""
    hush()
    with suppress(AttributeError, OSError):  # a closed standard error hears nothing
        sys.stderr.write(fitting(f"nncalc: {safe(text)}\n"))


def fitting(text: str) -> str:
    """Return lines for standard error, broken between words where it is a terminal that is narrower."""
    if sys.stderr is None or not sys.stderr.isatty():
        return text
    from nncalc.render.layout import room, wrapped

    return "".join(f"{part}\n" for line in text.splitlines() for part in wrapped(line, room()) or [""])


def model_of(
    given: Sequence[str],
    expressions: Sequence[str],
    starts: Sequence[str],
    states: Sequence[str] = (),
    *,
    chosen: Conventions | None = None,
    need_values: bool = True,
) -> Model:
    """Return the model that a command line names: a spec or expressions, with values set; raise Problem.

    What is `chosen` of conventions goes before those of the spec.
    """
    from nncalc.spec.model import from_spec

    found = words(given)
    seen: dict[str, Where] = {}
    if expressions:
        if found.spec is not None:
            raise Problem(
                f"`-e` and the spec `{safe(found.spec, 200)}` exclude each other",
                None,
                "leave one of them out",
                "usage",
            )
        model, seen = of_expressions(expressions, chosen)
    else:
        path = found.spec
        if path is None:
            path = example()
            remark(f"no spec named, so this is the built-in example, {EXAMPLE}")
        model = from_spec(read_spec(path, chosen))
    return ready(
        model, _values(found.values, "argument"), _values(_pairs("--given", starts), "--given"),
        _values(_pairs("--state", states), "--state"), seen, need_values=need_values,
    )  # fmt: skip


def conventions(chosen: Sequence[str] | None, round_steps: str | None) -> Conventions | None:
    """Return what a command line chooses of conventions, None where it chooses nothing; raise Problem (`usage`)."""
    if not chosen and round_steps is None:
        return None
    from nncalc.spec.conventions import typed

    return typed([*(chosen or ()), *([f"round_steps={round_steps}"] if round_steps is not None else [])])


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    """Return the names and the values that an option was given."""
    found: list[tuple[str, str]] = []
    for text in texts:
        left, sign, right = text.partition("=")
        if not sign:
            raise Problem(f"{option} `{safe(text, 100)}` has no value", None, f"write {option} z=0,1", "usage")
        found.append((left.strip(), right))
    return found


def _values(pairs: Sequence[tuple[str, str]], source: str) -> dict[str, Given]:
    """Return values by what they are said of, as it was typed; raise Problem (`usage`) where that is twice."""
    if not pairs:
        return {}
    from nncalc.interface.objects import given_in

    return given_in(pairs, source)


# -- output --------------------------------------------------------------------------------------------


def unicode_fits() -> bool:
    """Return whether standard output can carry the blackboard's letters."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        "∂ℓ₁ᵀ⊙α".encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def paper_of(form: str, standalone: str | None, width: str | None, picture: str | None = None) -> Paper | None:
    """Return the paper that a LaTeX document is set on, None for another form; raise Problem (`usage`, `file`)."""
    from nncalc.render.paper import WIDTHS, Paper

    for option, given in (("--standalone", standalone), ("--width", width), ("--picture", picture)):
        if given is not None and form != "latex":
            hint = "a page of html is whole as it is, and as wide as its window" if form == "html" else None
            raise Problem(f"{option} goes with --format latex", None, hint, "usage")
    if form != "latex":
        return None
    if standalone is not None:
        one_of("--standalone", standalone, tuple(WIDTHS))
    if picture is not None:
        _check_picture(picture, standalone)
    return Paper(standalone or "", _points(width) if width is not None else None, picture)


def _check_picture(path: str, standalone: str | None) -> None:
    """Raise Problem (`usage`, `file`) for what LaTeX cannot put into a document."""
    if standalone is None:
        raise Problem("--picture goes with --standalone", None, "add --standalone article", "usage")
    if not re.fullmatch(r"[\w./+-]+\.(pdf|png)", path, re.ASCII):
        what = f"`{safe(path, 200)}` is not a picture that LaTeX reads"
        raise Problem(what, None, "a .pdf or .png, its name of letters, digits and ._+-/ alone", "usage")
    if not os.path.isfile(path):
        raise Problem(f"there is no file `{path}`", None, f"`nncalc graph -o {path}` draws one", "file")


def _points(width: str) -> float:
    """Return a width in points; raise Problem (`usage`) for one that no line has."""
    from nncalc.render.paper import LEAST, MOST, UNITS

    digits, unit = width[:-2].strip(), width[-2:]
    points = float(digits) * UNITS[unit] if unit in UNITS and re.fullmatch(r"\d{1,4}(\.\d{1,4})?", digits) else 0
    if not LEAST <= points <= MOST:
        raise Problem(
            f"`{safe(width, 80)}` is not the width of a line", None, "such as 12cm or 5in, from 4cm to 2m", "usage"
        )
    return points


def printed(
    pages: Sequence[Page], form: str, *, ascii_only: bool, file: bool, paper: Paper | None = None
) -> Iterable[str]:
    """Return pages in an output form; a table is as wide as its terminal and in colour, or in colour by force."""
    from nncalc.render import bounded
    from nncalc.render.colour import is_forced

    if form == "table" and not file and sys.stdout is not None and (sys.stdout.isatty() or is_forced()):
        form = "terminal"
    return bounded(pages, form, ascii_only=ascii_only or not (file or unicode_fits()), paper=paper)


#: Whether what is printed on a terminal goes through a pager.
_paged = [False]


def page_through(asked: bool) -> None:
    """Say whether what is printed goes through a pager, where standard output is a terminal."""
    _paged[0] = asked


def write(text: str | Iterable[str], output: str | None = None, source: str | None = None) -> None:
    """Write `text`, or its pieces, to standard output, or as a whole to the file `output`.

    Raises Problem (`file`) where that fails.
    A file is replaced only when the new one is complete, and never when it is the spec `source`.
    """
    if output is not None:
        write_file(text, output, source)
        return
    if sys.stdout is None:
        raise Problem("standard output is closed", None, None, "file")
    if not _is_file(sys.stdout):
        silence()  # what is written may come out where the work is told of, in this program or in the next of a pipe
    if _paged[0] and sys.stdout.isatty():
        import pydoc

        os.environ.setdefault("LESS", "-RS")
        pydoc.pager("".join(text))
        return
    try:
        sys.stdout.writelines([text] if isinstance(text, str) else text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except (OSError, ValueError) as error:
        raise Problem(f"cannot write standard output: {reason(error)}", None, None, "file") from None


def _is_file(stream: TextIO) -> bool:
    try:
        return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):  # one that stands for a stream
        return False


def write_new(text: str, output: str) -> None:
    """Write a whole file where there is none; raise Problem (`file`) where there is, or that fails."""
    if os.path.lexists(output):
        raise Problem(f"`{safe(output, 200)}` is here already", None, "move it away, or change that", "file")
    write_file(text, output, None)


def write_file(data: str | bytes | Iterable[str], output: str, source: str | None) -> None:
    """Write a whole file, replaced only when the new one is complete; raise Problem (`file`) where that fails."""
    pieces: Iterable[str | bytes] = [data] if isinstance(data, str | bytes) else data
    encoded = (piece.encode("utf-8") if isinstance(piece, str) else piece for piece in pieces)
    shown = safe(output, 200)
    try:
        check_place(output, source)
        target = os.path.realpath(output)
        if os.path.exists(target) and not os.path.isfile(target):
            with open(target, "wb") as special:
                special.writelines(encoded)
            return
        temporary = f"{target}.{os.getpid()}.tmp"
        try:
            with open(temporary, "xb") as new:
                new.writelines(encoded)
            if os.path.exists(target):
                os.chmod(temporary, stat.S_IMODE(os.stat(target).st_mode))
            os.replace(temporary, target)
        except BaseException:
            if os.path.exists(temporary):
                os.unlink(temporary)
            raise
    except (OSError, ValueError) as error:
        raise Problem(f"cannot write `{shown}`: {reason(error)}", Where(shown), None, "file") from None


def check_place(output: str, source: str | None) -> None:
    """Raise Problem (`file`) where a file cannot be written, as far as that can be said before."""
    shown = safe(output, 200)
    if is_same(output, source):
        raise Problem(f"`{shown}` is the spec itself", Where(shown), "name another output file", "file")
    target = os.path.realpath(output)
    if os.path.isdir(target):
        raise Problem(f"`{shown}` is a folder", Where(shown), "name a file in it", "file")
    if not os.path.isdir(os.path.dirname(target)):
        raise Problem(f"cannot write `{shown}`: no such file or directory", Where(shown), None, "file")
