#!/usr/bin/env bash
# Pin every dependency with hashes, for every system and Python from 3.11 on, naming no address.
# With `--oldest FILE`: pin the least versions that pyproject.toml allows, there and nowhere else.
# JupyterLab gets a lock of its own: beside it, importing papermill takes five times as long.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 1; }

compile() {
  uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-emit-index-url --no-emit-find-links --upgrade "$@"
}
extras=(garch refresh parquet remote did explore sweep test docs)
if [ "${1:-}" = --oldest ]; then
  compile "${extras[@]/#/--extra=}" --resolution lowest-direct --output-file "$2"
  exit
fi
compile "${extras[@]/#/--extra=}" --output-file requirements.lock
compile --all-extras --constraint requirements.lock --output-file requirements-lab.lock

if grep -n -E '://|--index|--find-links' requirements.lock requirements-lab.lock; then
  echo "A lock names an address (above)." >&2
  exit 1
fi
