"""Reads the imports of a package without running it, the ones inside functions and `TYPE_CHECKING` included.

An import that only a type checker sees still ties two rooms together for the reader, so it counts too.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRONT_DOOR = "__init__"


@dataclass(frozen=True)
class Import:
    """One import of a room by a file of another room."""

    file: Path
    line: int
    importer: str
    imported: str


def imports_between_rooms(package: Path) -> Iterator[Import]:
    """Every import, below `package`, of something that lives in another room of the same package.

    A room is a file or a folder directly below `package`; `__init__` is the package's own module.
    """
    for file in sorted(package.rglob("*.py")):
        importer = _room(file.relative_to(package).parts)
        tree = ast.parse(file.read_text(encoding="utf-8"), str(file))
        for node in ast.walk(tree):
            for module in _modules_named(node, file, package):
                imported = _room_of_module(module, package)
                if imported is not None and imported != importer:
                    yield Import(file, getattr(node, "lineno", 0), importer, imported)


def _room(parts: tuple[str, ...]) -> str:
    return parts[0].removesuffix(".py")


def _modules_named(node: ast.AST, file: Path, package: Path) -> list[str]:
    """The modules that a statement or call may import, by absolute dotted name."""
    match node:
        case ast.Import(names=names):
            return [name.name for name in names]
        case ast.ImportFrom(module=module, names=names, level=level):
            base = _absolute(module or "", level, file, package)
            # `from runnel import log` may name a room, and `from runnel import Chat` the front door itself.
            return [f"{base}.{name.name}" for name in names] if base == package.name else [base]
        case ast.Call(
            func=ast.Attribute(attr="import_module" | "__import__") | ast.Name(id="import_module" | "__import__"),
            args=[ast.Constant(value=str(module)), *_],
        ):
            # A relative name given to import_module is taken as absolute in the package that calls it.
            level = len(module) - len(module.lstrip("."))
            return [_absolute(module.lstrip("."), level, file, package)]
        case _:
            return []


def _absolute(module: str, level: int, file: Path, package: Path) -> str:
    if level == 0:
        return module
    folder = file.parent
    for _ in range(level - 1):
        folder = folder.parent
    parts = folder.relative_to(package.parent).parts
    return ".".join((*parts, *filter(None, [module])))


def _room_of_module(module: str, package: Path) -> str | None:
    top, _, rest = module.partition(".")
    if top != package.name:
        return None
    name = rest.partition(".")[0]
    is_room = (package / name).is_dir() or (package / f"{name}.py").is_file()
    return name if name and is_room else FRONT_DOOR
