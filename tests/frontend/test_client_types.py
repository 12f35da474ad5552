"""The types of the client that is built: programs in TypeScript are held to them."""

import subprocess
from pathlib import Path

from tests.frontend.client import FRONTEND, LONG, needs_node

pytestmark = needs_node

USED = """
import { Api, follow, MessageFold } from "./runnel-client.js";

const api = new Api("http://127.0.0.1:8642/");
const { id } = await api.createChat();
const run = await api.ask(id, { prompt: "What is Ragna?" });
const fold = new MessageFold();
for await (const frames of follow("http://127.0.0.1:8642/", run.id)) fold.applyAll(frames);
export const said: string | undefined = fold.value().status;
"""


def test_a_program_is_checked_against_them(client: Path, tmp_path: Path) -> None:
    program = FRONTEND / "node_modules" / "typescript" / "bin" / "tsc"

    def tsc(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        command = ["node", str(program), *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=LONG)

    made = tsc(FRONTEND, "-p", "client/tsconfig.types.json", "--outDir", str(tmp_path / "types"))
    assert made.returncode == 0, made.stdout
    (tmp_path / "runnel-client.d.ts").write_text((client.parent / "runnel-client.d.ts").read_text())
    (tmp_path / "package.json").write_text('{"type": "module"}')
    options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"]
    options += ["--lib", "ES2023,DOM,DOM.AsyncIterable"]
    right, wrong = tmp_path / "right.ts", tmp_path / "wrong.ts"
    right.write_text(USED)
    wrong.write_text(USED.replace("string | undefined = fold", "number = fold"))
    checked = tsc(tmp_path, *options, str(right))
    assert checked.returncode == 0, checked.stdout
    refused = tsc(tmp_path, *options, str(wrong))
    assert "wrong.ts(9,14): error TS2322" in refused.stdout
