"""The README as a package index shows it, which has none of the files beside it.

A link to one becomes its words, a picture nothing; all else stays as it is.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

#: A picture, or a link, to a file of the project.
PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?:)[^)]*\)\n\n?", re.MULTILINE)
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)[^)]*\)")


class Readme(MetadataHookInterface):
    """Says what the index shows of the project."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": alone(text)}


def alone(text: str) -> str:
    r"""Return a page without what leads to files beside it; what stands in blocks of code is no link.

    >>> alone("see [specs](docs/spec.md), [taplo](https://taplo.tamasfe.dev)\n\n![a](b.svg)\n\n`[1](2)`")
    'see specs, [taplo](https://taplo.tamasfe.dev)\n\n`[1](2)`'
    """
    blocks = re.split(r"(^```.*?^```$|`[^`\n]*`)", text, flags=re.MULTILINE | re.DOTALL)
    blocks[::2] = [LINK.sub(r"\1", PICTURE.sub("", each)) for each in blocks[::2]]
    return "".join(blocks)
