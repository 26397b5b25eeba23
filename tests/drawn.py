"""What the real Graphviz makes of a drawing: the picture, and where its boxes, edges and texts lie."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from itertools import combinations
from math import dist
from typing import Any, NamedTuple


def drawn(text: str, form: str = "svg") -> str:
    """Return what Graphviz makes of a graph; it is no test without it."""
    assert shutil.which("dot"), "these tests draw with Graphviz: apt-get install graphviz"
    done = subprocess.run(["dot", f"-T{form}"], input=text.encode(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    assert not done.stderr, done.stderr.decode()
    return done.stdout.decode()


class Area(NamedTuple):
    """A rectangle, or with `round` the ellipse in it, in points; `what` is in it."""

    what: str
    left: float
    bottom: float
    right: float
    top: float
    round: bool = False

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    def holds(self, x: float, y: float, but: float = 1.0) -> bool:
        """Return whether a point lies in it, by more than `but` points from its border."""
        (a, b), w, h = self.middle, (self.right - self.left) / 2 - but, (self.top - self.bottom) / 2 - but
        if self.round:
            return ((x - a) / w) ** 2 + ((y - b) / h) ** 2 < 1
        return abs(x - a) < w and abs(y - b) < h

    def meets(self, other: Area) -> bool:
        """Return whether two rectangles or circles have more than a border in common."""
        if self.round and other.round:
            return dist(self.middle, other.middle) < (self.right - self.left + other.right - other.left) / 2 - 1
        if self.round:
            return other.meets(self)
        if other.round:
            x = min(max(other.middle[0], self.left), self.right)
            y = min(max(other.middle[1], self.bottom), self.top)
            return other.holds(x, y)
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > 1 and min(self.top, other.top) - max(self.bottom, other.bottom) > 1


class Edge(NamedTuple):
    """A line from one box to another, as points on it, and the texts at it."""

    start: str
    end: str
    points: tuple[tuple[float, float], ...]
    labels: tuple[Area, ...]


class Layout(NamedTuple):
    boxes: dict[str, Area]
    edges: tuple[Edge, ...]
    texts: dict[str, tuple[Area, ...]]


def layout(text: str) -> Layout:
    """Return where Graphviz puts the boxes, the lines that are seen, and the texts."""
    found = json.loads(drawn(text, "json"))
    nodes = [each for each in found["objects"] if "pos" in each]
    boxes = {each["name"]: _box(each) for each in nodes}
    texts = {each["name"]: tuple(_texts(each.get("_ldraw_", []), each["name"])) for each in nodes}
    edges = [each for each in found.get("edges", []) if each.get("style") != "invis"]
    ids = {each["_gvid"]: each["name"] for each in found["objects"]}
    return Layout(boxes, tuple(_edge(each, ids) for each in edges), texts)


def _box(node: dict[str, Any]) -> Area:
    x, y = map(float, node["pos"].split(","))
    w, h = float(node["width"]) * 36, float(node["height"]) * 36
    return Area(node["name"], x - w, y - h, x + w, y + h, node.get("shape") == "circle")


def _texts(commands: list[dict[str, Any]], what: str) -> Iterator[Area]:
    """Yield the rectangles that lines of text take."""
    size = 14.0
    for each in commands:
        if each["op"] == "F":
            size = each["size"]
        elif each["op"] == "T":
            (x, y), width = each["pt"], each["width"]
            left = {"l": x, "c": x - width / 2, "r": x - width}[each["align"]]
            yield Area(f"{what}: {each['text']}", left, y - 0.2 * size, left + width, y + 0.7 * size)


def _edge(found: dict[str, Any], ids: dict[int, str]) -> Edge:
    start, end = ids[found["tail"]], ids[found["head"]]
    points: list[tuple[float, float]] = []
    for each in found["_draw_"]:
        if each["op"] in "bB":
            corners = [tuple(point) for point in each["points"]]
            for place in range(0, len(corners) - 1, 3):
                points += _bezier(corners[place : place + 4])
    labels = [*_texts(found.get("_ldraw_", []), f"{start} {end}"), *_texts(found.get("_hldraw_", []), f"{start} {end}")]
    return Edge(start, end, tuple(points), tuple(labels))


def _bezier(corners: list[Any]) -> Iterator[tuple[float, float]]:
    for step in range(21):
        t = step / 20
        parts = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        yield (
            sum(p * corner[0] for p, corner in zip(parts, corners, strict=True)),
            sum(p * corner[1] for p, corner in zip(parts, corners, strict=True)),
        )


def faults(found: Layout) -> list[str]:
    """Return what cannot be read in a drawing: boxes or texts on each other, lines through boxes."""
    boxes = [box for box in found.boxes.values() if found.texts[box.what]]
    said = [f"box {one.what} lies on {other.what}" for one, other in combinations(boxes, 2) if one.meets(other)]
    for edge in found.edges:
        said += [
            f"{edge.start} -> {edge.end} goes through {box.what}"
            for box in boxes
            if any(box.holds(x, y) for x, y in edge.points)
        ]
    labels = [label for edge in found.edges for label in edge.labels]
    said += [f"text {one.what} lies on {other.what}" for one, other in combinations(labels, 2) if one.meets(other)]
    said += [f"text {label.what} lies on box {box.what}" for label in labels for box in boxes if label.meets(box)]
    for box in boxes:
        inside = found.texts[box.what]
        said += [f"text {a.what} lies on {b.what}" for a, b in combinations(inside, 2) if a.meets(b)]
        said += [
            f"text {text.what} leaves its box" for text in inside if text.left < box.left or text.right > box.right
        ]
    return said
