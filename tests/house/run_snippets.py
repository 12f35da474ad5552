"""Runs the blocks of one program of a page as a reader would type them: one namespace, `await` at the top level.

Reads a JSON list of `[page, line, code]` on standard input. Block after block runs on one event loop, as in a
notebook; a block without `await` runs off it, so that it may start a loop of its own.
"""

import ast
import asyncio
import inspect
import json
import sys
import traceback
from types import FunctionType
from typing import Any


def main() -> int:
    """Run all blocks; on an error, print its traceback with the page's own lines, and give 1."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with asyncio.Runner() as runner:
        for page, line, code in json.load(sys.stdin):
            try:
                tree = "\n" * (line - 1) + code
                program = compile(tree, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
                result = FunctionType(program, namespace)()
                if inspect.iscoroutine(result):
                    runner.run(result)
            except BaseException:
                traceback.print_exc()
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
