"""Makes the types of `runnel.sync` from the classes that are awaited: `python -m tests.sync.stub` writes them.

A test compares what is there with what would be written.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from tests.house import ROOT

PACKAGE = ROOT / "src" / "runnel"
CLASSES = {
    "Run": "runs/handles.py",
    "Message": "runs/handles.py",
    "Chat": "chats/chat.py",
    "Schedule": "chats/scheduling.py",
    "Registry": "models/registry.py",
    "Retrieval": "retrieval/retrieval.py",
    "Users": "users/users.py",
    "Runnel": "app.py",
}
RENAMED = {"__aiter__": "__iter__", "__aenter__": "__enter__", "__aexit__": "__exit__"}
KEPT = {"__str__", "__repr__", *RENAMED}
ANNOTATIONS = {"AsyncIterator": "Iterator", "Opening": "Chat", "asyncio.Future": "Future"}
ANNOTATIONS |= {"Models": "Registry", "Documents": "Retrieval"}


# A chat is a context in both worlds; the awaited one is so before it is there.
WITH = "def __enter__(self) -> Chat: ...\ndef __exit__(self, *_: object) -> None: ..."


def stub() -> str:
    """The text of the stub, not yet formatted."""
    bodies = [_class(name, PACKAGE / file) for name, file in CLASSES.items()]
    used = {node.id for body in bodies for node in ast.walk(body) if isinstance(node, ast.Name)}
    known = {"Chunk": "runnel.vocabulary.content", "Iterator": "collections.abc", "Future": "concurrent.futures"}
    for file in dict.fromkeys(CLASSES.values()):
        known |= _imports(file)
    lines = [f"from {known[name]} import {name}" for name in sorted({*used, "Chunk"} & known.keys() - CLASSES.keys())]
    names = ", ".join(f'"{name}"' for name in sorted({*CLASSES, "Chunk"}))
    text = "\n\n".join(ast.unparse(ast.fix_missing_locations(body)) for body in bodies)
    return "\n".join([*lines, f"__all__ = [{names}]", text, ""])


def _imports(file: str) -> dict[str, str]:
    """Where the names that a file imports, or defines for all to see, come from."""
    package = ["runnel", *file.split("/")[:-1]]
    tree = ast.parse((PACKAGE / file).read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found |= {alias.name: module for alias in node.names}
    module = ".".join([*package, file.split("/")[-1].removesuffix(".py")])
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = module
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = module
    return found


def _class(name: str, file: Path) -> ast.ClassDef:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name)
    body: list[ast.stmt] = list(_members(found))
    if name == "Chat":
        body += [*ast.parse(WITH).body]
    return ast.ClassDef(name=name, bases=[], keywords=[], body=body, decorator_list=[])


def _members(cls: ast.ClassDef) -> Iterator[ast.stmt]:
    overloaded: set[str] = set()
    for node in cls.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if any(isinstance(one, ast.Name) and one.id == "overload" for one in node.decorator_list):
            overloaded.add(node.name)
        elif node.name in overloaded:
            continue
        if node.name == "__init__":
            yield from _attributes(node)
            if cls.name != "Runnel":
                continue
        elif node.name.startswith("_") and node.name not in KEPT:
            continue
        for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
            argument.annotation = _blocking(argument.annotation)
        yield ast.FunctionDef(
            name=RENAMED.get(node.name, node.name),
            args=node.args,
            body=[ast.Expr(ast.Constant(...))],
            decorator_list=node.decorator_list,
            returns=_blocking(node.returns),
        )


def _attributes(init: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.stmt]:
    """What `__init__` sets for all to see: of the type of the argument that it is, else an id."""
    types = {argument.arg: argument.annotation for argument in [*init.args.args, *init.args.kwonlyargs]}
    for node in init.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            name = node.targets[0].attr
            kind = types.get(node.value.id) if isinstance(node.value, ast.Name) else None
            if kind is None and name == "id":
                kind = ast.Name("str")
            if kind is not None and not name.startswith("_"):
                yield ast.AnnAssign(target=ast.Name(name), annotation=kind, simple=1)


def _blocking(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation without a word of awaiting; what is in quotes is opened."""
    if annotation is None:
        return None
    opened: ast.expr = _Opening().visit(annotation)
    text = ast.unparse(ast.fix_missing_locations(opened))
    for awaited, plain in ANNOTATIONS.items():
        text = re.sub(rf"(?<![\w.]){re.escape(awaited)}\b", plain, text)
    return ast.parse(text, mode="eval").body


class _Opening(ast.NodeTransformer):
    """Opens quotes, but for the words of a `Literal`."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        literal = isinstance(node.value, ast.Name) and node.value.id == "Literal"
        return node if literal else cast("ast.expr", self.generic_visit(node))

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.parse(node.value, mode="eval").body if isinstance(node.value, str) else node


if __name__ == "__main__":
    place = PACKAGE / "sync" / "__init__.pyi"
    place.write_text(stub(), encoding="utf-8")
    for command in (["check", "--fix", "-q", "--select", "I"], ["format", "-q"]):
        subprocess.run([sys.executable, "-m", "ruff", *command, str(place)], check=True)
