#!/usr/bin/env bash
# Makes an environment for each peer that bench/agent.py measures, in the folder that it is given; never in the project's.
#
#   bench/peers/setup.sh FOLDER
set -euo pipefail
folder=${1:?usage: bench/peers/setup.sh FOLDER}
python=${PYTHON:-python3}

peer() {
    local place=$folder/$1
    shift
    [ -e "$place/.set-up" ] && return
    "$python" -m venv --clear "$place"
    "$place/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@"
    touch "$place/.set-up"
}

peer pydantic_ai pydantic-ai-slim
peer langgraph langgraph langgraph-checkpoint-sqlite langchain-core
