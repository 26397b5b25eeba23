# Shorthands; `check.py` is the gate, and CI runs exactly it.
BIN = .venv/bin

.PHONY: check test lint docs man images bench
check:
	python3 check.py
test:
	$(BIN)/pytest
lint:
	$(BIN)/ruff check . ; $(BIN)/mypy ; $(BIN)/lint-imports
docs: ## rewrite the pages with what the program prints, then read the diff
	$(BIN)/pytest tests/test_docs.py tests/test_ulps.py tests/test_manual.py -k "not units" --update
man: ## the man page, from the help
	$(BIN)/python docs/manual.py
images:
	$(BIN)/python docs/images/draw.py
	$(BIN)/python docs/images/terminal.py
bench:
	$(BIN)/python benchmarks/coldstart.py
	$(BIN)/python benchmarks/derivation.py
	$(BIN)/python benchmarks/long.py
	$(BIN)/python benchmarks/against.py
	$(BIN)/python benchmarks/mistakes.py
