"""A class that blocks, made from a class that is awaited: each method of the one calls the same method of the other.

Nothing of what a method does is written here a second time.
"""

import asyncio
import functools
import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

from .portal import Portal

__all__ = ["Mirror", "mirror"]

_mirrors: dict[type, "type[Mirror]"] = {}


class Mirror:
    """Stands before an object of the loop, `_inner`, which `_portal` leads to."""

    _inner: Any
    _portal: Portal

    @classmethod
    def _of(cls, inner: Any, portal: Portal) -> "Mirror":
        self = cls.__new__(cls)
        self._inner = inner
        self._portal = portal
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return wrapped(getattr(self._inner, name), self._portal)

    def __repr__(self) -> str:
        return repr(self._inner)

    def __str__(self) -> str:
        return str(self._inner)


def mirror(cls: type, *others: type) -> Any:
    """A decorator: the class below it stands before objects of `cls`, with all of its public methods, and before those
    of `others`, which have the same."""

    def complete(mirrored: type[Mirror]) -> type[Mirror]:
        for name, member in vars(cls).items():
            if not name.startswith("_") and name not in vars(mirrored):
                if inspect.isfunction(member):
                    setattr(mirrored, name, _blocking(name, member))
                elif isinstance(member, property):
                    setattr(mirrored, name, property(_look(name), doc=member.__doc__))
        _mirrors.update(dict.fromkeys((cls, *others), mirrored))
        return mirrored

    return complete


def wrapped(value: Any, portal: Portal) -> Any:
    """`value` as other threads may use it."""
    found = next((_mirrors[kind] for kind in type(value).__mro__ if kind in _mirrors), None)
    if found is not None:
        return found._of(value, portal)
    if type(value) in (list, tuple):
        return type(value)(wrapped(item, portal) for item in value)
    if isinstance(value, asyncio.Future):
        return portal.future(value)
    if isinstance(value, AsyncIterator):
        return portal.iterate(value)
    return value


def _blocking(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Mirror, /, *arguments: Any, **named: Any) -> Any:
        return self._portal.call(
            getattr(self._inner, name),
            *[_bare(argument) for argument in arguments],
            **{key: _bare(argument) for key, argument in named.items()},
        )

    return call


def _look(name: str) -> Callable[[Mirror], Any]:
    return lambda self: wrapped(getattr(self._inner, name), self._portal)


def _bare(argument: Any) -> Any:
    return argument._inner if isinstance(argument, Mirror) else argument
