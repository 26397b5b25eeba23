"""Specs by their path: files, standard input, the examples that are built in; and models made ready from them.

Whatever goes wrong is a Problem.
"""

from __future__ import annotations

import os
import re
import select
import stat
import sys
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from nncalc.problems import Problem, Where, safe

if TYPE_CHECKING:
    from nncalc.spec import Given, Spec
    from nncalc.spec.conventions import Conventions
    from nncalc.spec.model import Model

MAX_BYTES = 32 << 20
EXAMPLE = "recitation.json"  # JSON, as reading it takes half the time of TOML
#: No values, and no places.
_NONE: Mapping[str, Given] = MappingProxyType({})
_UNSEEN: Mapping[str, Where] = MappingProxyType({})


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


def about(path: str) -> str:
    """Return what an example says of itself: its first comment, to the first full stop or colon."""
    with open(path, encoding="utf-8") as file:
        first = file.readline().removeprefix("#").strip()
    return first.partition(". ")[0].partition(": ")[0].rstrip(".")


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

    name, folder = ("<stdin>", os.getcwd()) if path == "-" else (path, os.path.dirname(os.path.abspath(path)))
    return read(data, name, _format(path, data), folder, chosen or Conventions())


def spec_in(text: str, chosen: Conventions | None = None) -> Spec:
    """Return the spec that a text of Python is, its data files below the working folder; raise Problem."""
    from nncalc.spec import read
    from nncalc.spec.conventions import Conventions

    data = text.encode("utf-8", "surrogatepass")
    return read(data, "<text>", _format("", data), os.getcwd(), chosen or Conventions())


#: A table of TOML on a line of its own, as a spec has.
_TABLE = re.compile(r"^\s*\[{1,2}(inputs?|targets?|parameters|equations|layers|loss)\]{1,2}\s*(#.*)?$", re.MULTILINE)


def is_spec(text: str) -> bool:
    r"""Return whether a text is a spec in TOML or JSON, and no equations.

    >>> is_spec("[equations]\nf = 'x'"), is_spec("f = x")
    (True, False)
    """
    return text.lstrip().startswith("{") or _TABLE.search(text) is not None


#: Files that may run code when they are opened, and how their arrays are saved otherwise.
PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
SAVE = "in Python: `from safetensors.torch import save_file; save_file(model.state_dict(), 'm.safetensors')`"

#: Files that are named as a spec by mistake, by their ending: what they are, and how their numbers are used.
_ARRAYS = 'name it in a spec: `weights = { file = "%s"%s }`'
_NO_SPECS = {
    (".npz",): ("holds arrays", _ARRAYS, ', key = "W1"'),
    (".npy",): ("holds an array", _ARRAYS, ""),
    (".safetensors",): ("holds arrays", "`nncalc import %s%s -o net.toml` makes a spec of it", ""),
    (".onnx",): ("is a model of ONNX", "`nncalc import %s%s -o net.toml` makes a spec of it", ""),
    (".csv", ".tsv"): ("is a table", 'name it in a spec, as `file = "%s"` under `[input]`%s', ""),
    PICKLES: ("may hold code, and is never opened", SAVE + ", and `nncalc import m.safetensors`%s%s", ""),
}  # fmt: skip


def _spec_alone(data: bytes, path: str) -> None:
    """Raise Problem (`file`) for a file that is data for a spec, and not one, or no text at all."""
    shown = safe(path, 200)
    for endings, (what, hint, more) in _NO_SPECS.items():
        if path.lower().endswith(endings):
            named = ("", "") if hint.startswith(SAVE) else (os.path.basename(shown), more)
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
    if meant is None and path.isidentifier():
        return "`nncalc examples` lists those that are built in"
    return f"did you mean `{safe(os.path.join(os.path.dirname(path), meant), 200)}`?" if meant else None


def ready(
    model: Model,
    values: Mapping[str, Given] = _NONE,
    starts: Mapping[str, Given] = _NONE,
    states: Mapping[str, Given] = _NONE,
    seen: Mapping[str, Where] = _UNSEEN,
    *,
    need_values: bool = True,
) -> Model:
    """Return a model with values set, started from and stated, and what they decide in its equations; raise Problem.

    Where some must have a value, `seen` says where each name of its expressions first stands.
    """
    from nncalc.spec.indices import with_indices
    from nncalc.spec.model import missing_values, starting_from, stating, with_values
    from nncalc.spec.sums import with_sums

    if values:
        if need_values and seen:
            missing_values(model, seen, [*values])
        model = with_values(model, values)
    if starts:
        model = starting_from(model, starts)
    if states:
        model = stating(model, states)
    if need_values:
        missing_values(model, seen)
    return with_sums(with_indices(model))


def of_expressions(texts: Sequence[str], chosen: Conventions | None = None) -> tuple[Model, dict[str, Where]]:
    """Return the model of expressions, with what is chosen of conventions, and where each name first stands."""
    from nncalc.spec.model import choosing, from_expressions

    model, seen = from_expressions(list(texts))
    if chosen is None:
        return model, seen
    if chosen.rows:
        raise Problem("`examples` is of a batch, and -e has none", None, "a spec has one", "usage")
    return choosing(model, chosen.checked()), seen
