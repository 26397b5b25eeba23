"""What a command reads and writes: the spec, the words of the command line, the output.

Knows files and streams. Whatever goes wrong is a Problem or, where the reader of the
output went away, a BrokenPipeError.
"""

from __future__ import annotations

import os
import re
import select
import stat
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NamedTuple, TextIO

from nncalc.cli.endings import is_same
from nncalc.language.alphabet import SUBSCRIPTS, canonical_name
from nncalc.problems import Problem, Where, one_of, safe
from nncalc.progress import hush, silence

if TYPE_CHECKING:
    from nncalc.page import Page
    from nncalc.render.paper import Paper
    from nncalc.spec import Given, Spec
    from nncalc.spec.conventions import Conventions
    from nncalc.spec.model import Model

MAX_BYTES = 32 << 20
EXAMPLE = "recitation.json"  # JSON, as reading it takes half the time of TOML


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
        if found and canonical_name(left.strip()) is not None:
            values.append((left.strip(), right))
        elif spec is None:
            spec = word
        else:
            raise Problem(
                f"one spec at a time: `{safe(spec, 100)}` and `{safe(word, 100)}`", None,
                "a value is written NAME=VALUE", "usage",
            )  # fmt: skip
    return Words(spec, tuple(values))


def listed(text: str) -> list[str]:
    """Return the names in `text`; a comma inside an index does not part them.

    >>> listed("x, alpha[1,1],α₁,₂")
    ['x', 'alpha[1,1]', 'α₁,₂']
    """
    found, depth = [""], 0
    for place, character in enumerate(text):
        depth += (character == "[") - (character == "]")
        if character == "," and depth == 0 and text[place + 1 : place + 2] not in SUBSCRIPTS:
            found.append("")
        else:
            found[-1] += character
    return [part.strip() for part in found]


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


def example(file: str = EXAMPLE) -> str:
    """Return the path of a built-in example."""
    for folder in _folders():
        path = os.path.join(folder, file)
        if os.path.exists(path):
            return path
    raise Problem(f"the built-in example `{file}` is not installed", None, "name a spec of your own", "file")


def _folders() -> tuple[str, str]:
    """Return where the examples are: in the package, or beside it in a checkout."""
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    return os.path.join(here, "configs"), os.path.join(os.path.dirname(here), "configs")


def examples() -> dict[str, str]:
    """Return the path of every built-in example by its name."""
    folder = next((each for each in _folders() if os.path.isdir(each)), None)
    files = os.listdir(folder) if folder is not None else []
    names = sorted(file.removesuffix(".toml") for file in files if file.endswith(".toml"))
    return {name: os.path.join(str(folder), f"{name}.toml") for name in names}


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
    from nncalc.spec.indices import with_indices
    from nncalc.spec.model import from_spec, missing_values, starting_from, stating, with_values
    from nncalc.spec.sums import with_sums

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
        model, seen = _from_expressions(expressions, chosen)
    else:
        path = found.spec
        if path is None:
            path = example()
            remark(f"no spec named, so this is the built-in example, {EXAMPLE}")
        model = from_spec(read_spec(path, chosen))
    if found.values:
        if need_values and expressions:
            missing_values(model, seen, [left for left, _ in found.values])
        model = with_values(model, _values(found.values, "argument"))
    if starts:
        model = starting_from(model, _values(_pairs("--given", starts), "--given"))
    if states:
        model = stating(model, _values(_pairs("--state", states), "--state"))
    if need_values:
        missing_values(model, seen)
    return with_sums(with_indices(model))


def _from_expressions(texts: Sequence[str], chosen: Conventions | None) -> tuple[Model, dict[str, Where]]:
    """Return the model of expressions, with what is chosen of conventions."""
    from nncalc.spec.model import choosing, from_expressions

    model, seen = from_expressions(list(texts))
    if chosen is None:
        return model, seen
    if chosen.rows:
        raise Problem("`examples` is of a batch, and -e has none", None, "a spec has one", "usage")
    return choosing(model, chosen.checked()), seen


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
    from nncalc.spec import value

    found: dict[str, Given] = {}
    keys: set[str] = set()
    for left, right in pairs:
        key = canonical_name(left) or left
        if key in keys:
            raise Problem(f"`{left}` is given twice", None, None, "usage")
        keys.add(key)
        found[left] = value(right, f"{source} {left}")
    return found


def read_spec(path: str, chosen: Conventions | None = None) -> Spec:
    """Return the spec in the file `path`, from standard input for `-`, or the example of that name; raise Problem."""
    if re.fullmatch("[a-z][a-z0-9-]*", path) and not os.path.exists(path):
        path = examples().get(path, path)
    data = contents(path)
    if path != "-":
        _spec_alone(data, path)
    return spec_of(data, path, chosen)


def contents(path: str) -> bytes:
    """Return the bytes of a file, or of standard input for `-`; raise Problem (`file`)."""
    return _standard_input() if path == "-" else read_file(path)


def spec_of(data: bytes, path: str, chosen: Conventions | None = None) -> Spec:
    """Return the spec that the bytes of a file are, with what is chosen of conventions; raise Problem."""
    from nncalc.spec import read
    from nncalc.spec.conventions import Conventions

    name, folder = ("<stdin>", None) if path == "-" else (path, os.path.dirname(os.path.abspath(path)))
    return read(data, name, _format(path, data), folder, chosen or Conventions())


#: Files that are named as a spec by mistake, by their ending: what they are, and how their numbers are used.
_ARRAYS = 'name it in a spec: `weights = { file = "%s"%s }`'
_NO_SPECS = {
    (".npz",): ("holds arrays", _ARRAYS, ', key = "W1"'),
    (".npy",): ("holds an array", _ARRAYS, ""),
    (".csv", ".tsv"): ("is a table", 'name it in a spec, as `file = "%s"` under `[input]`%s', ""),
    (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib"): (
        "may hold code, and is never opened",
        "save its arrays from Python, `np.savez('m.npz', **{k: v.numpy() for k, v in model.state_dict().items()})`,"
        " and name them in a spec%s%s", "",
    ),
}  # fmt: skip


def _spec_alone(data: bytes, path: str) -> None:
    """Raise Problem (`file`) for a file that is data for a spec, and not one, or no text at all."""
    shown = safe(path, 200)
    for endings, (what, hint, more) in _NO_SPECS.items():
        if path.lower().endswith(endings):
            named = ("", "") if hint.startswith("save") else (os.path.basename(shown), more)
            raise Problem(f"`{shown}` is no spec: it {what}", Where(shown), hint % named, "file")
    if b"\0" in data[:4096] and not path.lower().endswith((".toml", ".json")):
        hint = "a spec is a text in TOML or JSON; a data file is named in it: `values` or `file`"
        raise Problem(f"`{shown}` is a binary file, not a spec", Where(shown), hint, "file")


def _format(path: str, data: bytes) -> Literal["toml", "json"]:
    if path.lower().endswith(".json"):
        return "json"
    if path.lower().endswith(".toml"):
        return "toml"
    return "json" if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" else "toml"


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise Problem("standard input is closed", None, None, "file")
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    return _bounded(data, "standard input")


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise Problem(f"{name} is larger than {MAX_BYTES >> 20} MiB", None, "keep large values in a data file", "file")
    return data


def read_file(path: str) -> bytes:
    """Return the bytes of a file of bounded size; raise Problem (`file`) saying why it cannot be read."""
    shown = safe(path, 200)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
        try:
            kind = os.fstat(handle).st_mode
            if stat.S_ISDIR(kind):
                raise Problem(f"`{shown}` is a folder, not a spec", Where(shown), "name a .toml or .json file", "file")
            if not stat.S_ISREG(kind) and not stat.S_ISFIFO(kind):
                raise Problem(f"`{shown}` is not a file", Where(shown), None, "file")
            return _bounded(_whole(handle, shown, waits=stat.S_ISFIFO(kind)), f"`{shown}`")
        finally:
            os.close(handle)
    except (OSError, ValueError) as error:
        raise Problem(f"cannot read `{shown}`: {reason(error)}", Where(shown), _file_hint(path), "file") from None


def _whole(handle: int, shown: str, *, waits: bool) -> bytes:
    """Read a file to its end, or a little more than a spec may have; a pipe gets a second to begin."""
    chunks: list[bytes] = []
    size = 0
    while size <= MAX_BYTES:
        if waits and not select.select([handle], [], [], 1.0)[0]:
            raise Problem(f"nothing comes from `{shown}`", Where(shown), None, "file")
        chunk = os.read(handle, 1 << 20)
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    return b"".join(chunks)


def reason(error: Exception) -> str:
    """Return why the system refused, in its words and without its number."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return "the name holds a character no file name has"


def _file_hint(path: str) -> str | None:
    from nncalc.problems import nearest

    folder = os.path.dirname(path) or "."
    try:
        names = sorted(name for name in os.listdir(folder)[:500] if name.endswith((".toml", ".json")))
    except (OSError, ValueError):
        return None
    meant = nearest(os.path.basename(path), names)
    own = nearest(path, examples()) if meant is None and "." not in path else None
    if own is not None:
        return f"the example `{own}` is built in; `nncalc examples` lists them"
    return f"did you mean `{safe(os.path.join(os.path.dirname(path), meant), 200)}`?" if meant else None


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
    """Return pages in an output form; a table for a terminal is as wide as it is, and in colour, as FORCE_COLOR wants.

    A text for people that is longer than they read is cut in the middle, unless it is asked for in full; of a document
    rows are left out.
    """
    from nncalc.render import DOCUMENTS, bounds, pieces
    from nncalc.render.layout import is_forced

    full = any(page.full for page in pages)
    whole = full or form in ("json", "csv", "numpy", *DOCUMENTS)
    if form in DOCUMENTS and not full:
        pages = [bounds.shortened(page) for page in pages]
    if form == "table" and not file and sys.stdout is not None and (sys.stdout.isatty() or is_forced()):
        form = "terminal"
    found = pieces(pages, form, ascii_only=ascii_only or not (file or unicode_fits()), paper=paper)
    return found if whole else [bounds.cut("".join(found))]


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
