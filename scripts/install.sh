#!/usr/bin/env bash
# install.sh PYTHON VENV LOCK: a virtual environment with exactly the packages of LOCK, each checked
# against its hash, and this checkout as an editable package. Uses uv where there is one.
set -euo pipefail
python=$1 venv=$2 lock=$3

command -v "$python" >/dev/null || {
  echo "No '$python' here. Install Python 3.11 or newer, or name one: make PYTHON=python3.12" >&2
  exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "$("$python" --version) is too old: 3.11 or newer is needed. Name one: make PYTHON=python3.12" >&2
  exit 1
}

packages=$(grep -c '^[a-z0-9].*==' "$lock")
if command -v uv >/dev/null && uv --version >/dev/null 2>&1; then
  echo "Installing $packages packages into $venv with uv ..."
  [ -x "$venv/bin/python" ] || uv venv --quiet --clear --python "$(command -v "$python")" "$venv"
  uv pip sync --quiet --python "$venv/bin/python" --require-hashes "$lock"
  uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
else
  echo "Installing $packages packages into $venv with pip (about a minute the first time) ..."
  # pip works on the environment from outside: Debian's python3 has no ensurepip to put one inside.
  [ -x "$venv/bin/python" ] || "$python" -m venv --without-pip "$venv"
  # Python compiles what is imported, and that once; compiling everything takes half a minute.
  pip=("$python" -m pip --python "$venv/bin/python" --disable-pip-version-check install --quiet
    --no-compile)
  "${pip[@]}" --no-deps --require-hashes --requirement "$lock"
  "${pip[@]}" --no-deps --no-build-isolation --editable .
fi
