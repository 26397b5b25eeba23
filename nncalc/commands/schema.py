"""`nncalc schema`: what a spec may hold, for editors."""

from __future__ import annotations

import json

from nncalc.cli import options
from nncalc.cli.streams import write
from nncalc.spec.schema import schema as made


def schema(output: options.Output = None) -> None:
    """Print the JSON Schema of specs, by which an editor marks a misspelt key and completes one.

    \b
    Examples:
      nncalc schema -o nncalc.schema.json
      echo '#:schema ./nncalc.schema.json' | cat - net.toml      the line that TOML editors look for
    """
    write(json.dumps(made(), indent=1) + "\n", output)
