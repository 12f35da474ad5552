"""What tests of the client share."""

import subprocess
from pathlib import Path

import pytest

from tests.frontend.client import FRONTEND, LONG, VITE


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client in one file."""
    folder = tmp_path_factory.mktemp("client")
    command = ["node", str(VITE), "build", "client", "--outDir", str(folder), "--logLevel", "error"]
    subprocess.run(command, cwd=FRONTEND, check=True, timeout=LONG)
    return folder / "runnel-client.js"
