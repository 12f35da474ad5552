"""Runnel over HTTP: an ASGI app over the same `Runnel` object that Python programs use."""

from .app import create_app

__all__ = ["create_app"]
