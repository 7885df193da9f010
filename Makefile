# The commands of the project. They need make and Python 3.12 or newer, and bring the rest themselves.

# The environment we made, the versions this is tested on, whatever the system calls python, and pyenv's own.
PYTHONS = .venv/bin/python python3.13 python3 python3.14 python3.12 python $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[2-9]*/bin/python
START = for python in $(PYTHONS); do \
	  "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null \
	    && exec "$$python" config/trial/install.py $@; \
	done; \
	echo "This needs Python 3.12 or newer, which was not found; install it: apt install python3 python3-venv (Debian 13, Ubuntu 24.04), dnf install python3, brew install python or pyenv install 3.13." >&2; \
	exit 1

export ARGS PG_BIN DATABASE_ONLY PORT

.PHONY: help run test bench lint format lock
.NOTPARALLEL:

help: ## what there is to do
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile

run: ## the whole portal on this machine, with demo data (PORT=8000)
	@$(START)

test: ## the test suite (ARGS="-k attendance", PG_BIN=/usr/lib/postgresql/15/bin)
	@$(START)

bench: ## speed, as ratios to limits measured in the same run (ARGS=)
	@$(START)

lint: ## every check that needs no test
	@$(START)

format: ## bring code and templates into the house form
	@$(START)

lock: ## resolve the packages anew and write the three lock files (ARGS=--upgrade)
	@$(START)
