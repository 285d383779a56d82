# Written for GNU make 3.81, which macOS has, and for any POSIX shell.
PYTHON ?= python3
VENV := .venv$(if $(filter-out python3,$(PYTHON)),-$(notdir $(PYTHON)))
RUN := $(VENV)/bin/python
READY := $(VENV)/ready
# Each cell has a worker; that both apps agree is tested beside them.
ON_CELLS = --numprocesses $(if $(CELL),$(words $(CELL)),6) tests/test_parity.py

.DEFAULT_GOAL := help
.PHONY: help demo test browser pictures contract differences lessons lines teeth api \
  fuzz chaos memory mutants claims alerts bench docs check lock clean

help: ## print this list
	@echo "make TARGET [PYTHON=python3.13], where TARGET is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' Makefile

demo: $(READY) ## both apps side by side in a browser, on one core
	@$(RUN) -m shared

test: $(READY) ## every test but the browser's, with coverage
	@$(RUN) -m pytest --numprocesses 4 --cov --ignore tests/browser

browser: $(READY) ## the page in a real Chromium, which must be installed
	@$(RUN) -m pytest tests/browser

pictures: $(READY) ## the README's pictures of the page and the site, taken anew
	@$(RUN) -m tests.browser

contract: $(READY) ## the contract; CELL=, CHAPTER= or URL= pick what is held to it
	@$(RUN) -m pytest $(if $(URL),--base-url $(URL),$(ON_CELLS)) tests/contract \
	  $(addprefix --cell ,$(CELL)) $(addprefix --chapter ,$(CHAPTER))

differences: $(READY) ## what the frameworks do when left alone, observed anew
	@$(RUN) -m tests.differences --record

lessons: $(READY) ## where tutorials go wrong, broken and repaired; LESSON=name picks
	@$(RUN) -m tests.lessons $(LESSON)

api: $(READY) ## accept what both apps say of themselves into docs/api
	@$(RUN) -m tests.parity --write

fuzz: $(READY) ## what nobody thought of; CELL=quart@granian EXAMPLES=20000 SEED=7
	@$(RUN) -m tests.fuzz $(addprefix --cell ,$(CELL)) \
	  $(addprefix --examples ,$(EXAMPLES)) $(addprefix --seed ,$(SEED))

chaos: $(READY) ## break what can break, an hour; CELL= FAULT= ROUNDS=1 MESSAGES=1000 SEED=7
	@$(RUN) -m tests.chaos $(addprefix --cell ,$(CELL)) \
	  $(addprefix --fault ,$(FAULT)) $(addprefix --rounds ,$(ROUNDS)) \
	  $(addprefix --messages ,$(MESSAGES)) $(addprefix --seed ,$(SEED))

memory: $(READY) ## that bad clients cost no memory; CELL=quart@granian SHORT=1 RECORD=1
	@$(RUN) -m tests.memory $(addprefix --cell ,$(CELL)) \
	  $(if $(SHORT),--short) $(if $(RECORD),--record)

mutants: $(READY) ## break the core line by line: its tests must notice; a quarter of an hour
	@$(RUN) -m tests.mutation

teeth: $(READY) ## broken variants that the suite must catch; VARIANT=name picks; SHORT=1
	@$(RUN) -m tests.teeth $(VARIANT) $(if $(SHORT),--short)

claims: $(READY) ## the evidence of docs/claims.md, two minutes; WRITE=1 renews the pages
	@$(RUN) -m tests.claims $(if $(WRITE),--write)

alerts: $(READY) ## the alert rules and the dashboard's queries; needs promtool
	@$(RUN) -m tests.alerts

lines: $(READY) ## which lines each clause needs; CLAUSE=C-26 CELL= ONLY=page
	@$(RUN) -m tests.lines $(addprefix --clause ,$(CLAUSE)) \
	  $(addprefix --cell ,$(CELL)) $(addprefix --only ,$(ONLY))

bench: $(READY) ## the benchmarks, in 20 minutes; QUICK=1 in 90 seconds
	@$(RUN) -m benchmarks $(if $(QUICK),--quick)

docs: $(READY) ## the site: every page, link and piece of code in it is checked
	@$(RUN) -m docs.building

check: $(READY) ## lint, formatting, types, imports, workflows, known holes
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/actionlint .github/workflows/ci.yml
	@$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-actions action.yml
	@$(RUN) -m tests.audit $(AUDIT)

lock: $(READY) ## renew requirements.lock from pyproject.toml
	@$(RUN) -m uv pip compile pyproject.toml --group dev --upgrade --quiet \
	  --universal --fork-strategy fewest --generate-hashes --no-strip-extras \
	  --no-header --no-annotate --output-file requirements.lock

clean: ## remove the environments and all that the tools left behind
	@rm -rf .venv .venv-* .coverage .coverage.* reports site mutants .hypothesis \
	  .schemathesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamp is made last, so a set-up that failed or was interrupted starts anew.
$(READY): requirements.lock
	@found=$$($(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' \
	  2>/dev/null) || found=missing; \
	case "$$found" in \
	  3.1[1-9]|3.[2-9][0-9]) ;; \
	  *) echo "Tandem needs Python 3.11 or newer, but $(PYTHON) is $$found:" \
	    "install it, or name another, as in \`make $(MAKECMDGOALS)" \
	    "PYTHON=python3.13\`." >&2; exit 1 ;; \
	esac; \
	echo "Setting up $(VENV) with Python $$found, once; it takes about a minute."
	@$(PYTHON) -m venv --clear $(VENV)
	@echo "Installing the packages of requirements.lock ..."
	@$(RUN) -m pip install -qq --no-input --disable-pip-version-check \
	  --require-hashes --requirement requirements.lock || { echo \
	  "The set-up failed, as said above. It needs the package index, this once;" \
	  "run \`make $(MAKECMDGOALS)\` again." >&2; \
	  exit 1; }
	@touch $(READY)
	@echo "$(VENV) is ready."
