# make run    set everything up and start voicetui (without a key: the embedded service)
# make test   set everything up and run the tests
# make check  formatting, lint, types, import rules
# make bench  measure; takes minutes and wants a quiet machine
# make faults every fault of docs/faults.md, far more often than make test does; writes that table
# make clean  remove the environment and everything made
#
# ARGS passes more: make run ARGS="--plain", make test ARGS="tests/tui -x"

PYTHON ?= python3
VENV ?= .venv
ARGS ?=

BIN := $(VENV)/bin
READY := $(VENV)/.ready
INSTALL = $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check \
	--config-settings editable_mode=compat
OFFLINE = { echo "The Python packages could not be installed; is there a network?" >&2; exit 1; }

.PHONY: run test check bench faults clean

run: $(READY)/run
	@tools/system-packages sound libportaudio2
	@exec $(BIN)/voicetui --demo-without-key $(ARGS)

test: $(READY)/test
	@tools/system-packages "sound and its tests" \
		libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins
	@tools/system-packages "tests of the page" chromium
	@exec $(BIN)/python -m pytest $(ARGS)

check: $(READY)/check
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(READY)/test
	@tools/system-packages "the sound benchmarks" \
		libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins
	@exec $(BIN)/python -m tests.bench $(ARGS)

# Longer than the suite: how often each test does its harm.
FAULTS = VOICETUI_MUTE_EVENTS=1000 VOICETUI_ENGINE_KILLS=20 VOICETUI_SOAK_TURNS=976 VOICETUI_KILLS=1000 VOICETUI_SEEDS=2000 VOICETUI_CONVERSATIONS=10000 VOICETUI_EXITS=300 \
	VOICETUI_FUZZ_SEEDS=10000 VOICETUI_FLOOD=1000000 VOICETUI_EVERYTHING=1 VOICETUI_CUTS=100 VOICETUI_ECHO_MINUTES=10

faults: $(READY)/test
	@tools/system-packages "sound and its tests" \
		libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins
	@$(FAULTS) VOICETUI_FAULTS_TABLE=docs/faults.md $(BIN)/python -m pytest tests/faults $(ARGS)

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An environment per checkout; a stamp per set of packages, renewed when pyproject.toml changes.

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "voicetui needs Python 3.11 or newer; choose one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make environments: install its venv module (Debian: apt-get install python3-venv)" >&2; exit 1; }
	@echo "Setting up $(VENV) (once) ..." >&2
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(READY)/run: pyproject.toml | $(BIN)/python
	@echo "Installing voicetui and its embedded service (once) ..." >&2
	@$(INSTALL) -e '.[demo]' || $(OFFLINE)
	@mkdir -p $(@D) && touch $@

$(READY)/test: pyproject.toml | $(BIN)/python
	@echo "Installing voicetui, its embedded service and the test tools (once) ..." >&2
	@$(INSTALL) -e '.[demo,web,test]' || $(OFFLINE)
	@mkdir -p $(@D) && touch $@ $(@D)/run

$(READY)/check: pyproject.toml | $(BIN)/python
	@echo "Installing voicetui and the tools that check it (once) ..." >&2
	@$(INSTALL) -e '.[demo,web,test,check]' || $(OFFLINE)
	@mkdir -p $(@D) && touch $@ $(@D)/test $(@D)/run
