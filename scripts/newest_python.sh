#!/usr/bin/env bash
# newest_python.sh PYTHON: print the newest Python on this machine that the project supports and that
# is newer than PYTHON, or nothing. It must run (pyenv leaves commands on PATH that do not), be a
# final release, and be able to make an environment.
set -euo pipefail
shopt -s nullglob
newest=14
ours=$("$1" -c 'import sys; print(sys.version_info.minor)')
needed="sys, venv"
command -v uv >/dev/null && uv --version >/dev/null 2>&1 || needed="$needed, pip"
check="import $needed; sys.exit(sys.version_info.releaselevel != 'final')"

IFS=$'\n'
for ((minor = newest; minor > ours; minor--)); do
  for python in $(type -ap "python3.$minor") \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3."$minor".*/bin/"python3.$minor"; do
    if "$python" -c "$check" >/dev/null 2>&1; then
      echo "$python"
      exit
    fi
  done
done
