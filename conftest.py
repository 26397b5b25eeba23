"""The option `--update`, which rewrites the console blocks of the pages with what the program prints."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the pages with what the program prints now")
