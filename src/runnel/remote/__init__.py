"""`Runnel` over a server: the same objects, each of whose methods is a request to `runnel serve`."""

from .backend import Remote

__all__ = ["Remote"]
