#!/bin/sh
# Makes .venv and installs the project with the extras named ("test,check"; none = what the hub itself needs).
# Does nothing when that was done before for the same pyproject.toml in the same place.
set -eu
cd "$(dirname "$0")/.."

extras=${1:-}
stamp=.venv/installed${extras:+-$extras}
wanted=$(pwd && cksum <pyproject.toml)

say() { echo "$*" >&2; }
fail() { say "$*"; exit 1; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for python in "${PYTHON:-python3}" python3.14 python3.13 python3.12 python3.11; do
        if command -v "$python" >/dev/null && recent "$python"; then
            echo "$python"
            return
        fi
    done
    command -v "${PYTHON:-python3}" >/dev/null ||
        fail "Python is missing: install Python 3.11 or newer (on Debian and Ubuntu: apt-get install python3 python3-venv)."
    fail "${PYTHON:-python3} is older than 3.11: install Python 3.11 or newer and name it, as in: make run PYTHON=python3.12"
}

make_venv() {
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "Python's venv module is missing: install it (on Debian and Ubuntu: apt-get install python3-venv)."
    "$python" -m venv --clear .venv
}

[ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && exit 0
[ -x .venv/bin/python ] && recent .venv/bin/python || make_venv

say "Installing what is needed into .venv (this once)."
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --prefer-binary --no-compile \
    --root-user-action=ignore --editable ".${extras:+[$extras]}" ||
    fail "Installing failed: pip's own words stand above. It needs a connection to a package index."
echo "$wanted" >"$stamp"
