# Everything is set up on first use: python3 (3.11 or newer) and make are all that must be there.

BIN := .venv/bin
PYTEST_WORKERS ?= 2
SOAK_SECONDS ?= 2400 # no long test may take longer: then it says where it stands, and all ends
export PYTHON
unexport PYTHONDONTWRITEBYTECODE # without compiled files each start takes three times as long

.DEFAULT_GOAL := help
.PHONY: help run test check bench external soak assets clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## Serve the demo council on http://127.0.0.1:8000, with citizens to play (HUB_PORT=… for another port)
	@tools/setup.sh
	@HUB_SIMULATOR=$${HUB_SIMULATOR:-1} $(BIN)/hub demo --if-empty
	@HUB_SIMULATOR=$${HUB_SIMULATOR:-1} exec $(BIN)/hub serve

test: check ## Check, then run all tests, on SQLite, PostgreSQL and in a browser; last, whole processes
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --ignore tests/acceptance
	@$(BIN)/python -m pytest -n $(PYTEST_WORKERS) --dist loadfile tests/acceptance

check: ## Style, types and the arrow between the rooms
	@tools/setup.sh test,check
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy --explicit-package-bases hub channels routing tests tools
	@seen=$$($(BIN)/lint-imports) || { echo "$$seen"; exit 1; }

bench: ## Measure texts beside the raw limit of the same database, and mails with up to 100,000 cases in it
	@tools/setup.sh test,check
	@$(BIN)/python -m tests.bench

external: ## Test against real material: make external HUB_MATERIAL=FOLDER
	@test -n "$(HUB_MATERIAL)" || { echo "Name the folder: make external HUB_MATERIAL=FOLDER" >&2; exit 1; }
	@tools/setup.sh test,check
	@HUB_MATERIAL="$(HUB_MATERIAL)" $(BIN)/python -m pytest tests/external

soak: ## Run the long tests
	@tools/setup.sh test,check
	@$(BIN)/python -m pytest -m soak -o faulthandler_timeout=$(SOAK_SECONDS) -o faulthandler_exit_on_timeout=true

assets: ## Refresh the vendored front-end files (needs npm)
	@tools/setup.sh
	@$(BIN)/python tools/assets.py

clean: ## Remove what was installed and cached; var/ (the database) stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
