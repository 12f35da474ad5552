#!/usr/bin/env bash
# Makes an environment for each peer that bench/agent.py, bench/relay.py and bench/page measure, in the folder that it is
# given; never in the project's. Versions are the newest that there are: what was measured is printed with the figures.
#
#   bench/peers/setup.sh FOLDER
set -euo pipefail
folder=${1:?usage: bench/peers/setup.sh FOLDER}
python=${PYTHON:-python3}

peer() {
    local place=$folder/$1
    shift
    [ "$(cat "$place/.set-up" 2>/dev/null)" = "$*" ] && return
    "$python" -m venv --clear "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"
    # Every server is measured on asyncio's own loop, and langgraph's takes uvloop where it finds it.
    "$place/bin/python" -m pip uninstall --quiet --yes uvloop
    echo "$*" >"$place/.set-up"
}

peer pydantic_ai 'pydantic-ai-slim[ag-ui]' starlette uvicorn httptools
peer langgraph langgraph langgraph-checkpoint-sqlite langchain-core 'langgraph-cli[inmem]' uvicorn httptools
peer ragna ragna uvicorn httptools
peer panel panel
