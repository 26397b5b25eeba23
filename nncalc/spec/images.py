"""Images: a matrix of numbers for each channel, and the kernels that slide over them.

Knows what lists of matrices are meant to be; no layer by its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from nncalc.language.figures import Rows
from nncalc.problems import Problem, Where
from nncalc.spec.draft import Draft, Signal
from nncalc.spec.equations import remarked
from nncalc.spec.layers import Layer
from nncalc.spec.names import counted_name
from nncalc.spec.node import Node
from nncalc.spec.sources import values
from nncalc.spec.statements import Given
from nncalc.spec.values import MOST_VALUES, Values
from nncalc.spec.words import argument, counted

#: Levels of lists: pictures, channels, rows, columns.
LEVELS: Final = 4


class Kernels(NamedTuple):
    """The kernels of a layer: for each output its name, if it has one, and a matrix for each channel that comes in.

    `name` is that of all of them, where they are said in one.
    """

    name: str | None
    names: tuple[str | None, ...]
    matrices: tuple[tuple[Rows, ...], ...]
    node: Node
    remarks: tuple[str, ...]

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """How many kernels, of how many channels, rows and columns."""
        first = self.matrices[0]
        return len(self.matrices), len(first), len(first[0]), len(first[0][0])


def add_image(node: Node, name: str, numbers: Values, lines: bool, kernels: Node | None, draft: Draft) -> Signal:
    """Add the input of a network of pictures, a quantity for each channel; `kernels` are those of the first layer.

    Where pictures are `lines`, each channel is a column.
    """
    said = node.get("kind") if isinstance(node.value, dict) else None
    kind = said.value if said else None
    if lines:
        channels, examples = _lines(numbers), None
    else:
        channels, examples = _channels(numbers, kind, kernels, draft)
    names = (name,) if len(channels) == 1 else tuple(members(name, len(channels), node, draft, said=False))
    if draft.reading.anew:
        draft.alone = examples is None
        channels, examples = _anew(names, channels, examples, draft)
    draft.examples = examples
    rows, length = len(channels[0]) // (examples or 1), len(channels[0][0])
    for own, matrix in zip(names, channels, strict=True):
        dims = 1 if lines else 2
        draft.given[own] = Given(matrix, dims, batch=False, path=numbers.node.path)
    draft.notes += remarked(name, numbers)
    draft.notes += [said for said in (_spoken(name, names, examples, rows, length),) if said]
    return Signal(name, length, numbers.node.path, rows, names)


class Which(NamedTuple):
    """Which of its kind a layer is, counted from 1, and whether there are several, so that names have its number."""

    number: int
    several: bool


def numbered(said: str | None, usual: str, which: Which, count: int, node: Node, draft: Draft) -> list[str]:
    """Return the names of the channels of a picture that a layer makes: what was `said` of all, or the `usual`.

    One channel alone has the name that was said. Others count the layer, where there are several and the name has no
    number of its own, and the channel.
    """
    names = draft.names
    if count == 1 and said:
        return [said]
    if count == 1 and not which.several:
        return [names.free((usual, f"{usual}{which.number}"), node)]
    base = said or usual
    stems = [base] if base[-1].isdecimal() or not which.several else []
    stems.append(counted_name(base, which.number))
    taken = not said and any(names.taken(counted_name(stems[0], place)) for place in range(1, count + 1))
    return members(stems[-1 if taken else 0], count, node, draft, said=bool(said))


def together(said: str | None, names: Sequence[str]) -> str:
    """Return what channels of these names are called as a whole: what was `said`, else what is before their numbers."""
    return said or (names[0] if len(names) == 1 else names[0].removesuffix("1").removesuffix("_"))


def members(stem: str, count: int, node: Node, draft: Draft, *, said: bool) -> list[str]:
    """Return the names of several quantities that `stem` stands for, each with its number."""
    names = [named_so(counted_name(stem, place), node, draft, said=said) for place in range(1, count + 1)]
    draft.counted += names
    return names


def named_so(name: str, node: Node, draft: Draft, *, said: bool) -> str:
    """Return a name, taken: as it is where the user `said` so, and else with what keeps it clear of others."""
    return draft.names.take(name, node) if said else draft.names.free((name,), node)


def _lines(numbers: Values) -> list[Rows]:
    """Return the channels of one line of numbers each, as columns."""
    if numbers.dims > 2 or not numbers.dims:
        raise numbers.node.problem(
            f"is {numbers.said()}, must be a list of values, or a list of them, one channel a row",
            "a convolution of lines takes one example", "shape",
        )  # fmt: skip
    return [[[value] for value in row] for row in numbers.rows]


def _channels(numbers: Values, kind: object, kernels: Node | None, draft: Draft) -> tuple[list[Rows], int | None]:
    """Return a matrix for each channel, the pictures of a batch under each other, and how many those are."""
    if numbers.dims < 2 or (numbers.dims == 2 and kind == "batch"):
        what = "a picture is a list of lists, one row of it a row"
        several = "several pictures are a list of such"
        raise numbers.node.problem(f"is {numbers.said()}: {several if numbers.dims == 2 else what}", None, "shape")
    matrices = numbers.matrices()
    if numbers.dims == 2:
        return matrices, None
    if numbers.dims == 3 and (kind == "image" or (kind is None and _levels(kernels, draft) == 3)):
        return matrices, None
    pictures, depth = numbers.axes[0], numbers.axes[1] if numbers.dims == LEVELS else 1
    kept = min(pictures, draft.most or pictures)
    return [
        [row for picture in range(kept) for row in matrices[picture * depth + channel]] for channel in range(depth)
    ], kept


def _anew(
    names: tuple[str, ...], channels: list[Rows], examples: int | None, draft: Draft
) -> tuple[list[Rows], int | None]:  # fmt: skip
    """Return channels of which some were said anew, and how many pictures stand under each other in them now."""
    anew = draft.reading.anew
    found = [anew[own].rows if own in anew else rows for own, rows in zip(names, channels, strict=True)]
    height = len(channels[0]) // (examples or 1)
    one = next((own for own in names if own in anew), names[0])
    count = len(found[names.index(one)])
    for own, rows in zip(names, found, strict=True):
        if len(rows) != count:
            said = f"`{own}` has {counted(len(rows), 'row')}, and `{one}` now has {count}"
            raise Problem(said, Where(argument(one)), "set all channels", "shape")
    if examples is None:
        return found, None
    if count % height:
        said = f"`{one}` has {counted(count, 'row')}, which are no pictures of {height} under each other"
        raise Problem(said, Where(argument(one)), None, "shape")
    kept = min(count // height, draft.most or count)
    return [rows[: kept * height] for rows in found], kept


def _levels(kernels: Node | None, draft: Draft) -> int:
    """Return how many levels of lists one kernel has: two for one channel, three for several."""
    if kernels is None:
        return 2
    if _listed(kernels):
        return values(kernels.at(0), draft.folder, ("name",), LEVELS).dims
    return values(kernels, draft.folder, ("name",), LEVELS).dims - 1


def _spoken(name: str, names: tuple[str, ...], examples: int | None, rows: int, columns: int) -> str:
    """Return what is said of pictures that are more than one matrix."""
    if examples is not None:
        each = f" in each of {counted(len(names), 'channel')}" if len(names) > 1 else ""
        return f"`{name}`: {counted(examples, 'picture')} of {rows}×{columns}{each}, one under the other"
    return f"`{names[0]}` to `{names[-1]}`: the channels of one picture" if len(names) > 1 else ""


def _listed(node: Node) -> bool:
    """Return whether kernels are said one by one."""
    return isinstance(node.value, list) and bool(node.value) and isinstance(node.value[0], dict)


def kernel_nodes(node: Node | None) -> list[Node]:
    """Return where the names of kernels may stand."""
    if node is None or not isinstance(node.value, list):
        return [] if node is None else [node]
    return [node.at(place) for place in range(len(node.value))] if _listed(node) else []


def kernels_of(node: Node, claims: list[str | None], lines: bool, draft: Draft) -> Kernels:
    """Return the kernels that stand at `node`: a list of tables, one for each output, or one table of all of them.

    One kernel is a matrix, or one for each channel; where pictures are `lines`, a list in place of each matrix.
    """
    levels = LEVELS - lines
    if _listed(node):
        found = [values(each, draft.folder, ("name",), levels - 1) for each in kernel_nodes(node)]
        odd = next((place for place, each in enumerate(found) if each.axes != found[0].axes), None)
        if odd is not None:
            raise node.at(odd).problem(
                f"is {found[odd].said()}, and the first kernel is {found[0].said()}: all have one size", None, "shape"
            )
        each = tuple(_kernel(numbers, lines) for numbers in found)
        remarks = tuple(line for numbers in found for line in remarked("", numbers))
        return Kernels(None, tuple(claims), each, found[0].node, remarks)
    numbers = values(node, draft.folder, ("name",), levels)
    own = claims[0] if claims else None
    remarks = tuple(remarked(own or "", numbers))
    if numbers.dims < levels:
        count = numbers.axes[0] if numbers.dims == levels - 1 else 1
        flat = _kernel(numbers, lines)
        return Kernels(own, (None,) * count, tuple((each,) for each in flat), numbers.node, remarks)
    count, depth = numbers.axes[:2]
    flat = _kernel(numbers, lines)
    stacks = tuple(flat[place * depth : (place + 1) * depth] for place in range(count))
    return Kernels(own, (None,) * count, stacks, numbers.node, remarks)


def _kernel(numbers: Values, lines: bool) -> tuple[Rows, ...]:
    """Return the matrix of each channel, a column where pictures are lines."""
    if numbers.dims < 2 - lines:
        raise numbers.node.problem(
            f"is {numbers.said()}, must be a {'list' if lines else 'matrix'}, or several of them, one a channel",
            None, "shape",
        )  # fmt: skip
    if lines:
        return tuple([[value] for value in row] for row in numbers.rows)
    return tuple(numbers.matrices())


def slide(layer: Node, template: Layer, known: dict[str, int], settings: dict[str, str], picture: Signal) -> list[str]:
    """Settle how a window slides over a picture, and return what is said of it; raise Problem where it does not fit.

    A padding that keeps the size of the picture becomes a number in `known` and `settings`.
    """
    assert template.window is not None
    sizes = [int(each) if each.isdecimal() else known[each] for each in template.window]
    reach = [known.get("dilation", 1) * (each - 1) + 1 for each in sizes][: 1 if template.lines_only else 2]
    if settings.get("padding") in ("same", "valid"):
        known["padding"] = _same(layer.at("padding"), reach, known["stride"]) if settings["padding"] == "same" else 0
    padding = known.get("padding", 0)
    settings["padding"] = str(padding)
    area = (picture.steps + 2 * padding) * ((picture.length + 2 * padding) if len(reach) > 1 else 1)
    if area * known.get("kernels", 1) > MOST_VALUES:
        raise (layer.get("padding") or layer.at("type")).problem(
            f"comes to a picture of {area} entries with its padding; at most {MOST_VALUES} are held"
        )
    notes = []
    for side, length, wide in zip(("row", "column"), (picture.steps, picture.length), reach, strict=False):
        free = length + 2 * padding - wide
        if free < 0:
            padded = f", with padding {length + 2 * padding}" if padding else ""
            raise (layer.get(template.sized_by) or layer.at("type")).problem(
                f"a window of {counted(wide, side)} is larger than the picture, which has {length}{padded}",
                None, "shape",
            )  # fmt: skip
        stride = known["stride"] or wide
        rest = free % stride
        if not rest:
            continue
        said = f"a stride of {stride} leaves out the last {side if rest == 1 else counted(rest, side)}"
        if settings["uneven"] == "refuse":
            node = layer.get("stride") or layer.at("type")
            raise node.problem(said, '`uneven = "floor"` allows it', "shape")
        notes.append(f"{layer.at('type').value}: {said} of `{picture.name}`")
    return notes


def _same(node: Node, reach: list[int], stride: int) -> int:
    """Return the padding that keeps the size of a picture; raise Problem where none on all sides does."""
    hint = "write the padding as a number"
    if stride != 1:
        raise node.problem(f"`same` goes with a stride of 1, not {stride}", hint)
    if len({*reach}) > 1 or not reach[0] % 2:
        raise node.problem(
            "`same` needs a kernel of an odd number of rows and columns, as many of both: "
            "the padding is the same on all sides",
            hint, "shape",
        )  # fmt: skip
    return reach[0] // 2
