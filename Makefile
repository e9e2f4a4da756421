# make run    sets everything up and starts the service on port 8080
# make test   sets everything up and passes the tests
.DEFAULT_GOAL := help
.PHONY: help run test test-all test-slow check-code format bench bench-replay setup clean

VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8080
PYTHON ?= $(shell for v in python3.11 python3.12 python3.13 python3; do \
	if $$v -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$v; break; fi; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CONSTRAINTS := .ci/constraints.txt

help:
	@sed -n 's/^# //p' Makefile
	@echo "make bench      decisions a second beside other engines"
	@echo "make bench-http requests a second beside other servers; CERBOS=… names Cerbos's binary"
	@echo "make bench-reload  a minute of load with a reload every second"
	@echo "make bench-proof  times of proof by size, beside Z3"
	@echo "make bench-replay  a million tickets through two rulebooks (LARGE=1: ten millions too)"
	@echo "make image-check  builds the container image and tries it under the rights of a pod; needs buildah and runc"
	@echo "make test-slow  the slower checks"
	@echo "make test-all   the tests under every Python from 3.11 to 3.13 that is installed"
	@echo "make format     lays out the code"

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found"; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	@$(PIP) install -c $(CONSTRAINTS) -e .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@$(PIP) install -c $(CONSTRAINTS) -e '.[dev,otel]'
	@$(PIP) install -c $(CONSTRAINTS) -e '.[rete]' >/dev/null 2>&1 \
		|| echo "durable-rules could not be built here: what needs it is skipped"
	@touch $@

$(VENV)/.ready-bench: $(VENV)/.ready-dev
	@$(PIP) install -c $(CONSTRAINTS) -e '.[bench]'
	@touch $@

setup: $(VENV)/.ready

run: $(VENV)/.ready
	@$(BIN)/deskpolicy serve --rules rules --port $(PORT)

test: $(VENV)/.ready-dev check-code
	@$(BIN)/python -m pytest -q -n 2 -m "not slow"

check-code: $(VENV)/.ready-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache >/dev/null || $(BIN)/lint-imports --no-cache

test-slow: $(VENV)/.ready-dev
	@$(BIN)/python -m pytest -q -n 2 -m slow

test-all:
	@for v in 3.11 3.12 3.13; do \
		found=; for p in python$$v $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$$v.*/bin/python; do \
			if $$p -c '' 2>/dev/null; then found=$$p; break; fi; done; \
		if [ -n "$$found" ]; then \
			echo "— Python $$v"; $(MAKE) --no-print-directory test VENV=.venv-$$v PYTHON=$$found || exit 1; \
		else echo "— Python $$v is not installed: skipped"; fi; done

bench: $(VENV)/.ready-bench
	@$(BIN)/python tests/load/bench_decide.py

.PHONY: bench-http
bench-http: $(VENV)/.ready-bench
	@command -v wrk >/dev/null || echo "wrk is needed: apt-get install wrk"
	@$(BIN)/python tests/load/bench_http.py

.PHONY: bench-reload
bench-reload: $(VENV)/.ready-dev
	@$(BIN)/python tests/load/reload_under_load.py

.PHONY: bench-proof
bench-proof: $(VENV)/.ready-bench
	@$(BIN)/python tests/load/bench_proof.py

bench-replay: $(VENV)/.ready-bench
	@$(BIN)/python tests/load/bench_replay.py $(if $(LARGE),--large)

.PHONY: image-check
image-check: $(VENV)/.ready-dev
	@for needed in buildah runc; do command -v $$needed >/dev/null || { echo "$$needed is needed: apt-get install $$needed"; exit 1; }; done
	@buildah bud $(BUILD_OPTIONS) $(if $(BASE),--build-arg BASE=$(BASE)) --format docker \
		--ignorefile deploy/Containerfile.dockerignore -f deploy/Containerfile -t deskpolicy:check .
	@DESKPOLICY_IMAGE=deskpolicy:check $(BIN)/python -m pytest -q tests/contract/test_image.py

format: $(VENV)/.ready-dev
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean:
	rm -rf $(VENV) .venv-3.*

.PHONY: traceability
traceability: $(VENV)/.ready
	@{ printf '# Traceability\n\nFor each clause of the written procedures: the rules that carry it out, and the scenarios that reach them. `make traceability` writes this page.\n\n\n'; \
		$(BIN)/deskpolicy test --matrix --format markdown; } > docs/reference/traceability.md.part
	@mv docs/reference/traceability.md.part docs/reference/traceability.md
