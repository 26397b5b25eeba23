"""A curve as SVG: numbers over steps, with axes; drawn here, so that nothing else need be installed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import ceil, floor, log10

WIDTH, HEIGHT = 640, 400
#: The room around the curve: left, top, right, bottom.
LEFT, TOP, RIGHT, BOTTOM = 72, 36, 20, 48
#: How many points a curve has at most: more cannot be seen.
MOST = 2_000
#: Values of which the largest is so many times the least are drawn over a logarithmic axis.
WIDE = 1_000
_INK, _FAINT, _CURVE = "#333", "#ddd", "#1f6fb4"


def svg(values: Sequence[float], title: str, across: str, up: str) -> str:
    """Return the curve of `values` at 0, 1, 2, ..., with words for both axes."""
    logarithmic = min(values) > 0 and max(values) > WIDE * min(values)
    heights = [log10(value) for value in values] if logarithmic else list(values)
    low, high = min(heights), max(heights)
    if low == high:
        low, high = low - 0.5, high + 0.5
    if not logarithmic and 0 < low < 0.3 * high:
        low = 0.0
    last = max(1, len(values) - 1)

    def x(at: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * at / last

    def y(height: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (height - low) / (high - low)

    every = max(1, ceil(len(values) / MOST))
    places = [*range(0, len(values), every)]
    places += [len(values) - 1] if places[-1] != len(values) - 1 else []
    points = " ".join(f"{x(place):.2f},{y(heights[place]):.2f}" for place in places)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        ' font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="22" text-anchor="middle" font-size="15" fill="{_INK}">{escape(title)}</text>',
    ]
    for tick in ticks(low, high):
        label = f"1e{tick:g}" if logarithmic else f"{tick:g}"
        lines += [
            f'<line x1="{LEFT}" y1="{y(tick):.2f}" x2="{WIDTH - RIGHT}" y2="{y(tick):.2f}" stroke="{_FAINT}"/>',
            f'<text x="{LEFT - 8}" y="{y(tick) + 4:.2f}" text-anchor="end" fill="{_INK}">{label}</text>',
        ]
    for tick in ticks(0, last, whole=True):
        lines.append(
            f'<text x="{x(tick):.2f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle" fill="{_INK}">{tick:g}</text>'
        )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    lines += [
        f'<path d="M{LEFT} {TOP} V{HEIGHT - BOTTOM} H{WIDTH - RIGHT}" fill="none" stroke="{_INK}"/>',
        f'<polyline points="{points}" fill="none" stroke="{_CURVE}" stroke-width="2" stroke-linejoin="round"/>',
        f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle" fill="{_INK}">'
        f"{escape(across)}</text>",
        f'<text transform="translate(18 {middle}) rotate(-90)" text-anchor="middle" fill="{_INK}">{escape(up)}</text>',
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return round numbers from `low` to `high`, about five of them.

    >>> ticks(0, 8), ticks(0, 3, whole=True)
    ([0.0, 2.0, 4.0, 6.0, 8.0], [0.0, 1.0, 2.0, 3.0])
    """
    raw = (high - low) / 5
    power = 10.0 ** floor(log10(raw))
    step = next(power * each for each in (1, 2, 5, 10) if power * each >= raw)
    if whole:
        step = max(1.0, step)
    return [step * each for each in range(ceil(low / step), floor(high / step) + 1)]
