"""An open `Runnel`, in memory and in a file."""

from tests.apps import app, file_url, url

__all__ = ["app", "file_url", "url"]
