"""NumPy: how each primitive operation is written in it, and what it lacks."""

from __future__ import annotations

from collections.abc import Mapping

from nncalc.export.library import Library

WRITTEN: Mapping[str, str] = {
    "neg": "-{0}", "hadamard": "{0} * {1}", "div": "{0} / {1}", "hdiv": "{0} / {1}", "hpow": "{0} ** {1}",
    "transpose": "{0}.T", "sum": "np.sum({x})", "tr": "np.trace({x})", "det": "np.linalg.det({x})",
    "logdet": "_logdet({x})", "inv": "np.linalg.inv({x})", "adj": "_adj({x})", "norm2_scaled": "_norm2({x})",
    "diag": "np.diagflat({x})", "dg": "np.diag({x})[:, None]", "vec": "{0}.reshape(-1, 1, order='F')",
    "kron": "np.kron({x}, {y})", "eye": "np.eye({x})", "exp": "np.exp({x})", "log": "np.log({x})",
    "sqrt": "np.sqrt({x})", "sin": "np.sin({x})", "cos": "np.cos({x})", "tan": "np.tan({x})",
    "sinh": "np.sinh({x})", "cosh": "np.cosh({x})", "tanh": "np.tanh({x})", "erf": "_erf({x})",
    "asin": "np.arcsin({x})", "acos": "np.arccos({x})", "atan": "np.arctan({x})",
    "log1p": "np.log1p({x})", "expm1": "np.expm1({x})", "abs": "np.abs({x})", "sign": "np.sign({x})",
    "step": "({x} > 0) * 1.0", "above": "np.heaviside({0} - {1}, 0.5)", "xlogy": "_xlogy({x}, {y})",
    "xdivy": "_xdivy({x}, {y})", "max": "np.maximum({x}, {y})", "min": "np.minimum({x}, {y})",
    "lse": "_lse({x})", "intercept": "_intercept({x})", "trim": "{0}[:, 1:]",
    "pad": "np.pad({x}, ((0, 0), (1, 0)))", "log2": "np.log2({x})", "log10": "np.log10({x})", "exp2": "np.exp2({x})",
    "cbrt": "np.cbrt({x})", "erfinv": "_erfinv({x})", "lgamma": "_lgamma({x})", "polygamma": "_polygamma({x}, {y})",
    "atan2": "np.arctan2({x}, {y})", "floor": "np.floor({x})", "round": "np.round({x})",
    "windows": "_windows({all})", "put_back": "_put_back({all})", "rot180": "{0}[::-1, ::-1]",
    "cross": "np.cross({x}, {y}, axis=0)",
    "cumsum": "np.cumsum({x}, axis=0)", "prod": "np.prod({x})", "cumprod": "np.cumprod({x}, axis=0)",
}  # fmt: skip
#: What NumPy lacks, or has in a form that overflows.
HELPERS: Mapping[str, str] = {
    "logdet": '''\
def _logdet(a):
    """Return the logarithm of the determinant, which must be positive; no determinant overflows."""
    sign, value = np.linalg.slogdet(a)
    return value if sign > 0 else np.nan
''',
    "adj": '''\
def _adj(a):
    """Return the adjugate, which a matrix without an inverse has as well."""
    left, sizes, right = np.linalg.svd(a)
    others = [np.prod(np.delete(sizes, i)) for i in range(len(a))]
    return np.linalg.det(left) * np.linalg.det(right) * (right.T * others) @ left.T
''',
    "norm2_scaled": '''\
def _norm2(a):
    """Return the root of the sum of squares; no square overflows."""
    top = np.max(np.abs(a))
    return top * np.sqrt(np.sum((a / top) ** 2)) if top else 0.0
''',
    "windows": '''\
def _windows(x, height, width, stride, padding, sides, dilation, pictures):
    """Return the windows of pictures that stand under each other, each a column, row by row."""
    x = np.pad(x.reshape(pictures, -1, x.shape[1]), ((0, 0), (padding, padding), (sides, sides)))
    reach = (dilation * (height - 1) + 1, dilation * (width - 1) + 1)
    seen = np.lib.stride_tricks.sliding_window_view(x, reach, (1, 2))
    seen = seen[:, :: stride or height, :: stride or height, ::dilation, ::dilation]
    return seen.transpose(3, 4, 0, 1, 2).reshape(height * width, -1)
''',
    "put_back": '''\
def _put_back(b, rows, columns, height, width, stride, padding, sides, dilation, pictures):
    """Return a matrix whose windows are the columns of b, added where they overlap."""
    stride, tall = stride or height, rows // pictures
    found = np.zeros((pictures, tall + 2 * padding, columns + 2 * sides))
    down = (found.shape[1] - dilation * (height - 1) - 1) // stride + 1
    across = (found.shape[2] - dilation * (width - 1) - 1) // stride + 1
    parts = b.reshape(height, width, pictures, down, across)
    for i, j in np.ndindex(height, width):
        top, left = i * dilation, j * dilation
        found[:, top : top + stride * down : stride, left : left + stride * across : stride] += parts[i, j]
    return found[:, padding : padding + tall, sides : sides + columns].reshape(rows, columns)
''',
    "is_largest": '''\
def _is_largest(x, *others):
    """Return 1 where x is the largest, an even share where others are equal to it, else 0."""
    top, count = x, 1
    for y in others:
        top, count = np.maximum(top, y), count + (x == y)
    return (x == top) / count
''',
    "erf": '''\
def _erf(x):
    """Return the error function."""
    return np.vectorize(math.erf, otypes=[float])(x)
''',
    "erfinv": '''\
def _erfinv(x):
    """Return the inverse error function, by Newton's steps from an approximation."""
    rest = np.log((1 - x) * (1 + x))
    about = 2 / (np.pi * 0.147) + rest / 2
    found = np.sign(x) * np.sqrt(np.sqrt(about**2 - rest / 0.147) - about)
    for _ in range(4):
        off = np.sign(x) * (1 - np.abs(x) - np.vectorize(math.erfc, otypes=[float])(np.abs(found)))
        found = found - off / (2 / np.sqrt(np.pi) * np.exp(-found * found))
    return found
''',
    "lgamma": '''\
def _lgamma(x):
    """Return the logarithm of the absolute value of the gamma function."""
    return np.vectorize(math.lgamma, otypes=[float])(x)
''',
    "polygamma": '''\
def _polygamma(n, x):
    """Return derivative n of the digamma function, by Stirling's series far out and its recurrence."""
    n, x = np.broadcast_arrays(n, x)
    found = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        k, y, near = int(n[place]), float(x[place]), 0.0
        while y < 20 + k:
            near, y = near + (1 / y ** (k + 1) if y else np.nan), y + 1
        far = math.factorial(k - 1) / y**k if k else -math.log(y)
        far += math.factorial(k) * (near + 1 / (2 * y ** (k + 1)))
        for j, bernoulli in enumerate((1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6), 1):
            far += bernoulli * math.factorial(2 * j + k - 1) / math.factorial(2 * j) / y ** (2 * j + k)
        found[place] = -far if k % 2 == 0 else far
    return found
''',
    "erfc": '''\
def _erfc(x):
    """Return 1 less the error function, which keeps its digits where that is nearly 1."""
    return np.vectorize(math.erfc, otypes=[float])(x)
''',
    "xlogy": '''\
def _xlogy(x, y):
    """Return x log(y), and 0 where x is 0."""
    return x * np.log(np.where(x == 0, 1, y))
''',
    "xdivy": '''\
def _xdivy(x, y):
    """Return x / y, and 0 where x is 0."""
    return x / np.where(x == 0, 1, y)
''',
    "intercept": '''\
def _intercept(x):
    """Return x with a row of ones put first."""
    return np.vstack((np.ones((1, x.shape[1])), x))
''',
    "where": '''\
def _where(c, a, b):
    """Return what a() is where c holds, else what b() is; each is computed if it is taken anywhere."""
    with np.errstate(all="ignore"):
        return np.where(c, a() if np.any(c) else 0.0, b() if not np.all(c) else 0.0)
''',
    "lse": '''\
def _lse(x, axis=None):
    """Return log(sum(exp(x))), of all entries or down the columns; no exponential overflows, no small one is lost."""
    x = np.reshape(x, (-1, 1)) if axis is None else x
    place = np.argmax(x, axis=0, keepdims=True)
    top = np.take_along_axis(x, place, 0)
    rest = np.exp(x - top)
    np.put_along_axis(rest, place, 0, 0)
    found = top + np.log1p(np.sum(rest, axis=0, keepdims=True))
    return found[0, 0] if axis is None else found
''',
}
GATHERED: Mapping[str, str] = {
    "column": "np.vstack(({x}))",
    "row": "np.block([[{x}]])",
    "matrix": "np.vstack(({x}))",
    "lse": "_lse(np.vstack(({x})))",
    "norm2_scaled": "_norm2(np.vstack(({x})))",
    "is_largest": "_is_largest({x})",
}

NUMPY = Library("NumPy", "numpy", "np", "import numpy as np\n", "np.array(rows)", WRITTEN, GATHERED, HELPERS)
