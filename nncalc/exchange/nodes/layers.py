"""Operators that are layers of a network: of pictures, and norms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from nncalc.exchange.nodes.reading import Matrix, Pictures, Reading, Thing, filling, spread
from nncalc.exchange.onnx_file import Tensor
from nncalc.language.figures import text_of


def _layer_norm(reading: Reading) -> Thing:
    x = reading.matrix(0)
    if reading.axis(-1, len(x.sizes)) != len(x.sizes) - 1 or len([o for o in reading.node.outputs if o]) > 1:
        raise reading.problem("it normalises other values than those of each row")
    text = f'standardized({x.text}, eps={text_of(reading.real("epsilon", 1e-5))}, over="rows")'
    return _affine(reading, Matrix(text, x.sizes), reading.matrix(1), reading.matrix(2) if reading.given(2) else None)


def _affine(reading: Reading, x: Matrix, scale: Matrix, shift: Matrix | None) -> Matrix:
    u, gamma, sizes = spread(reading, x, scale)
    text = f"{u.held} .* {gamma.held}"
    return Matrix(text if shift is None else f"{text} + {filling(shift, Matrix('', sizes).shape).text}", sizes)


def _batch_norm(reading: Reading) -> Thing:
    if reading.integer("training_mode", 0) or len([each for each in reading.node.outputs if each]) > 1:
        raise reading.problem("it is in its state for training", "export the model in its state for inference")
    found, eps = reading.arg(0), text_of(reading.real("epsilon", 1e-5))
    scale, shift, mean, variance = (reading.matrix(place) for place in range(1, 5))
    if isinstance(found, Pictures):

        def of(one: Matrix, at: int) -> str:
            return one.turned if one.shape == (1, 1) else f"{one.turned}[{at}]"

        return found._replace(channels=tuple(
            f"{of(scale, at)} * ({x} - {of(mean, at)}) / sqrt({of(variance, at)} + {eps}) + {of(shift, at)}"
            for at, x in enumerate((found.matrix(each).held for each in found.channels), 1)
        ))  # fmt: skip
    x, mean, sizes = spread(reading, reading.matrix(0), mean)
    deviation = filling(Matrix(f"sqrt({variance.text} + {eps})", variance.sizes), Matrix("", sizes).shape)
    return _affine(reading, Matrix(f"({x.text} - {mean.text}) ./ {deviation.held}", sizes), scale, shift)


def window(reading: Reading, *, padded: bool) -> tuple[int, int, int, int]:
    """Return stride, padding of rows, of columns, and dilation of a window that moves alike both ways."""
    strides, dilations = reading.integers("strides", (1, 1)), reading.integers("dilations", (1, 1))
    pads = reading.integers("pads", (0, 0, 0, 0))
    if reading.node.attributes.get("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise reading.problem("its padding is left to be found out", "export the model with the padding as numbers")
    alike = len({*strides}) == len({*dilations}) == 1 and len(pads) == 4 and pads[:2] == pads[2:]
    if not alike or min(*strides, *dilations) < 1 or min(pads) < 0:
        raise reading.problem("its window moves otherwise down than across, or is padded on one side")
    if not padded and (any(pads) or dilations[0] != 1 or reading.integer("ceil_mode", 0)):
        raise reading.problem("its windows are padded, or spread, or may end outside of the picture")
    return strides[0], pads[0], pads[1], dilations[0]


def pool_window(reading: Reading) -> tuple[int, int]:
    """Return size and stride of a pool, whose window is square."""
    stride, *_ = window(reading, padded=False)
    size = reading.integers("kernel_shape", ())
    if len(size) != 2 or size[0] != size[1] or size[0] < 1:
        raise reading.problem("its window is not square")
    return size[0], stride


def kernel_window(reading: Reading, sizes: Sequence[int]) -> tuple[int, int, int, int]:
    """Return how kernels of these rows and columns move over pictures, as `window` does."""
    if tuple(reading.integers("kernel_shape", tuple(sizes))) != tuple(sizes):
        raise reading.problem("its `kernel_shape` is not that of its kernels")
    return window(reading, padded=True)


def _size(length: int, window: int, stride: int, padding: int, dilation: int) -> int:
    return (length + 2 * padding - dilation * (window - 1) - 1) // stride + 1


def _conv(reading: Reading) -> Thing:
    x, kernels = reading.pictures(0), reading.arg(1)
    count, channels, rows, columns = x.sizes
    if len(kernels.sizes) != 4 or reading.integer("group", 1) != 1 or kernels.sizes[1] != channels:
        raise reading.problem("its kernels are in groups, or not for these channels")
    stride, padding, sides, dilation = kernel_window(reading, kernels.sizes[2:])
    height, width = kernels.sizes[2:]
    line = columns == width == 1 and sides == 0 and count == 1
    if padding != sides and not line:
        raise reading.problem("it is padded otherwise above than beside")
    if isinstance(kernels, Tensor):
        names = reading.kernels(kernels)
    elif isinstance(kernels, Pictures) and kernels.sizes[:2] == (1, 1):
        names = [[kernels.channels[0]]]
    else:
        raise reading.problem("its kernels are computed")
    told = [("stride", stride, 1), ("padding", padding, 0), ("dilation", dilation, 1), ("pictures", count, 1)]
    settings = "".join(f", {word}={value}" for word, value, default in told if value != default)
    word = "conv1d" if line and padding else "conv2d"
    sums = [
        " + ".join(f"{word}({one}, {of}{settings})" for one, of in zip(x.channels, own, strict=True)) for own in names
    ]
    if reading.given(2):
        bias = reading.matrix(2)
        own = [bias.turned if len(sums) == 1 else f"{bias.turned}[{at}]" for at in range(1, len(sums) + 1)]
        sums = [f"{each} + {one}" for each, one in zip(sums, own, strict=True)]
    down = _size(rows, height, stride, padding, dilation)
    across = _size(columns, width, stride, sides, dilation)
    return Pictures(tuple(sums), (count, len(sums), down, across))


def _pool(word: str) -> Callable[[Reading], Thing]:
    def found(reading: Reading) -> Thing:
        x = reading.pictures(0)
        size, stride = pool_window(reading)
        count, channels, rows, columns = x.sizes
        told = [("size", size, 2), ("stride", stride, size), ("pictures", count, 1)]
        settings = "".join(f", {word}={value}" for word, value, default in told if value != default)
        sizes = (count, channels, *(_size(each, size, stride, 0, 1) for each in (rows, columns)))
        return Pictures(tuple(f"{word}({each}{settings})" for each in x.channels), sizes)

    return found


def averaged(reading: Reading) -> Pictures:
    """Return the mean of each channel, as pictures of one entry."""
    x = reading.pictures(0)
    count, channels = x.sizes[:2]
    texts = [f"mean({each})" for each in x.channels]
    if count > 1:
        texts = [f'mean(flatten({each}, pictures={count}), over="columns")\'' for each in x.channels]
    return Pictures(tuple(texts), (count, channels, 1, 1))


OPERATORS: Final[Mapping[str, Callable[[Reading], Thing]]] = {
    "LayerNormalization": _layer_norm,
    "BatchNormalization": _batch_norm,
    "Conv": _conv,
    "MaxPool": _pool("max_pool2d"),
    "AveragePool": _pool("avg_pool2d"),
    "GlobalAveragePool": averaged,
}
