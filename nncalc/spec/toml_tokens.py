"""TOML's words: the regular expressions that its scanners share.

Possessive throughout, so that no text, however made, takes more than one pass.
"""

from __future__ import annotations

import re

_ML_BASIC = r'"""(?:[^"\\]++|\\.|"(?!""))*+"""(?:"{0,2})'
_ML_LITERAL = r"'''(?:[^']++|'(?!''))*+'''(?:'{0,2})"
_BASIC = r'"(?:[^"\\\n]++|\\[^\n])*+"'
_LITERAL = r"'[^'\n]*+'"

STRING = re.compile(f"{_ML_BASIC}|{_ML_LITERAL}|(?!\"\"\"){_BASIC}|(?!'''){_LITERAL}", re.DOTALL)
KEY = re.compile(rf"[A-Za-z0-9_-]++|{_BASIC}|{_LITERAL}")
BLANK = re.compile(r"[ \t]*+")
SKIP = re.compile(r"(?:[ \t\n]++|#[^\n]*+)*+")
#: A number, a date or a word, which ends where the next thing begins.
PLAIN = re.compile(r"[^,\]}\n#]++")
#: What lies between two brackets or strings inside a value.
FILLING = re.compile(r"(?:[^\[\]{}\"'#]++|#[^\n]*+)*+")
