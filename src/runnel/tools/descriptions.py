"""What a docstring says of a function and of its parameters."""

import inspect
import re
from collections.abc import Collection
from typing import Any

__all__ = ["described"]


def described(function: Any, parameters: Collection[str]) -> tuple[str, dict[str, str]]:
    """The description of a function, and that of each of its `parameters` that has one, in Google's, numpy's or
    Sphinx's manner, or as plain lines `name: text`."""
    doc = inspect.getdoc(function) or ""
    if not doc:
        return "", {}
    import docstring_parser  # only programs that have tools need it

    try:
        parsed = docstring_parser.parse(doc)
    except docstring_parser.ParseError:
        return _plain(doc, parameters)
    found = {one.arg_name.lstrip("*"): one.description for one in parsed.params if one.description}
    found = {name: _line(text) for name, text in found.items() if name in parameters}
    if found or any(parsed.meta):
        text = "\n\n".join(filter(None, [parsed.short_description, parsed.long_description]))
        description, more = _plain(text, parameters)
        return description, more | found
    return _plain(doc, parameters)


def _plain(doc: str, parameters: Collection[str]) -> tuple[str, dict[str, str]]:
    """A docstring whose parameters stand on lines of their own, as `name: text` or `- name: text`."""
    rest: list[str] = []
    found: dict[str, str] = {}
    last = ""
    for line in doc.splitlines():
        match = re.match(r"\s*(?:[-*]\s+)?`{0,2}(\w+)`{0,2}\s*(?::|--|–)\s+(\S.*)", line)
        if match and match[1] in parameters:
            last = match[1]
            found[last] = match[2].strip()
        elif last and line[:1].isspace() and line.strip():
            found[last] += f" {line.strip()}"
        else:
            last = ""
            rest.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(rest)).strip(), found


def _line(text: str) -> str:
    return " ".join(text.split())
