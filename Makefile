# The commands for everyone who clones the repository. They need only Linux, Python >= 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
export UV_NO_CONFIG := 1
# The certificate of a proxy is in the machine's store, but not in the stores of uv and Node.
CERTIFICATES := $(firstword $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt))
ifneq ($(CERTIFICATES),)
export UV_SYSTEM_CERTS := 1
export NODE_EXTRA_CA_CERTS ?= $(CERTIFICATES)
endif
# Some machines disable byte-code; without it every start is slow.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup doctor demo dev test test-owners test-clients test-faults test-posts test-previous test-slow chaos soak bench lint \
	audit lock clean

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# What follows in the same recipe line may take minutes on a slow network: a line now and then says that it goes on.
SILENCE := 20
still = while sleep $(SILENCE) >/dev/null 2>&1 && kill -0 $$$$ 2>/dev/null; do echo "   … still $(1)"; done & trap "kill $$! 2>/dev/null" EXIT;

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Use another one: make PYTHON=python3.12 …" if sys.version_info < (3, 11) else 0)'
	@echo "── virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

$(VENV)/.installed: $(UV) requirements/dev.txt requirements/files.txt requirements/emulator.txt pyproject.toml
	@echo "── packages (locked, with hashes; about a minute the first time)"
	@$(call still,installing packages) \
	$(UV) pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt requirements/files.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv-emulator
	@$(call still,installing the AWS emulator) \
	$(UV) pip sync --quiet --compile-bytecode --python .venv-emulator/bin/python --require-hashes requirements/emulator.txt
	@touch $@

setup: $(VENV)/.installed  ## set up the environment alone; harmless when repeated

doctor:  ## say what is missing or in the way on this machine; works before setup
	@if [ -x $(BIN)/ddp ]; then $(BIN)/ddp doctor; else $(PYTHON) -m infra.cli.doctor.command; fi

demo: setup  ## set up and run the main job on this machine, with progress and results
	@$(BIN)/ddp local demo

dev: setup  ## start the same stack and keep it running; prints the address of its portal
	@$(BIN)/ddp local up

# Two at a time: the local stack end to end, which takes longest and often waits; meanwhile the others, one after the
# other. Not by pytest-xdist with whole files: it may wait for ever for a worker that a test's time-out ended.
PYTEST := $(BIN)/python -m pytest
OF_SCHEMA := tests/database/schema tests/database/migrator tests/database/seed
OF_FUNCTIONS := tests/database/ddp tests/database/sending tests/database/social tests/database/functions
OF_FAULTS := tests/database/faults

.PHONY: .end-to-end .units .schema .functions .faults
.end-to-end: setup
	@$(PYTEST) -m "not slow" tests/end_to_end
.functions: setup
	@$(PYTEST) -m "not slow" $(OF_FUNCTIONS)
.schema: setup
	@$(PYTEST) -m "not slow" tests/database/test_postgres_server.py $(OF_SCHEMA)
.units: setup
	@$(PYTEST) -m "not slow" tests/unit tests/infra
.faults: setup
	@$(PYTEST) -m "not slow" $(OF_FAULTS)

test: setup  ## all tests except the slow ones (about 15 minutes on two processors)
	@echo "── the local stack end to end, and meanwhile four other runs, one after the other; each prints its results when it ends"
	@$(MAKE) --no-print-directory --jobs 2 --keep-going --output-sync=target .end-to-end .functions .schema .units .faults

# Other versions and owners of PostgreSQL, and PgBouncer if it is installed (Debian: pgbouncer).
OF_POSTS := tests/database/faults/social
OF_NUMBERS := tests/database/faults/engagement
OWNERS := 18-rds 18-supabase 17-superuser 16-rds 15-supabase
CLIENTS := 18-pooled 17-superuser 15-supabase

test-owners: setup $(addprefix .owner-,$(OWNERS))  ## the schema on other PostgreSQL versions and under other owners
.owner-%: setup
	@echo "── schema on $*"
	@DDP_TEST_DATABASE=$* $(PYTEST) -q -m "not slow" $(OF_SCHEMA)

test-clients: setup  ## the functions on other PostgreSQL versions and behind a pooler
	@for kind in $(CLIENTS); do echo "── functions on $$kind"; DDP_TEST_DATABASE=$$kind $(PYTEST) -q -m "not slow" $(OF_FUNCTIONS) $(OF_FAULTS) || exit 1; done

test-faults: setup  ## 1,000 fault schedules of e-mail, and of SMS (DDP_FAULT_SCHEDULES=, DDP_FAULT_SEED=)
	@$(PYTEST) -n 2 -m slow $(OF_FAULTS) --ignore $(OF_POSTS) --ignore $(OF_NUMBERS)
	@$(PYTEST) -m slow tests/end_to_end/test_part_kills.py tests/end_to_end/test_kills.py -k "a_few or (at_random and not often)"

test-posts: setup  ## 10,000 fault schedules of social posts, and 1,000 of their numbers; takes an hour
	@$(PYTEST) -n 2 -m slow $(OF_POSTS) $(OF_NUMBERS)

# The release: a tag or commit, by default the newest tag v* before this one (RELEASE=…).
test-previous: setup  ## the tests of the release before against this schema (RELEASE=tag or commit)
	@$(BIN)/python -m tests.previous $(if $(RELEASE),--release $(RELEASE))

test-slow: test-owners test-clients test-faults test-posts  ## these four, migrations under load, the emulator's own executor
	@$(PYTEST) -m slow tests/unit tests/infra tests/database --ignore $(OF_FAULTS)
	@$(PYTEST) -m slow tests/end_to_end

# How long it burns, and by which luck: make chaos MINUTES=10 SEED=c0ffee
SEED :=
chaos: MINUTES := 5
chaos: setup  ## the platform under fire for five minutes, with the proof at its end (MINUTES=, SEED=)
	@$(BIN)/ddp local chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

soak: setup  ## the same for an hour; the memory of no part may grow
	@$(MAKE) --no-print-directory chaos MINUTES=$(or $(MINUTES),60) SEED=$(SEED)

bench: setup  ## the benchmark table: ratios to floors measured in the same run
	@$(BIN)/python -m tests.benchmarks

lint: setup  ## ruff, mypy --strict, SQL lint, cfn-lint, tsc --strict, stale generated files
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/squawk schema/migrations/*.sql
	@$(BIN)/ddp lint-templates
	@$(BIN)/ddp lint-openapi
	@$(BIN)/ddp lint-client
	@$(BIN)/ddp generate --check

audit: setup  ## known vulnerabilities in all that is locked: pip-audit and npm audit; needs the internet
	@$(BIN)/ddp audit

LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-emit-find-links --upgrade
LAYERS := base database models tokens messages images videos devices

lock: $(UV)  ## resolve all lock files again from the groups in pyproject.toml
	@$(LOCK) --group pyproject.toml:dev -o requirements/dev.txt
	@for layer in $(LAYERS); do \
	  $(LOCK) --group pyproject.toml:layer-$$layer -c requirements/dev.txt -o layers/$$layer/requirements.txt; done
	@$(LOCK) --no-deps --group pyproject.toml:files -o requirements/files.txt
	@$(LOCK) --group pyproject.toml:emulator -o requirements/emulator.txt
	@$(LOCK) --group pyproject.toml:bench -c requirements/dev.txt -o requirements/bench.txt
	@grep -A 40 '^uv==' requirements/dev.txt | awk 'NR==1 || /^    --hash/ {print; next} {exit}' > requirements/uv.txt

clean:  ## remove everything that make created, the local database included
	@if [ -x $(BIN)/ddp ]; then $(BIN)/ddp local down --data; fi
	@rm -rf $(VENV) .venv-emulator .venv-bench .ddp cdk.out
