"""The models of a server."""

import msgspec

from ..backend import Models
from ..errors import Misuse
from ..models.base import Model
from ..models.discovery import Availability
from .connection import Connection

__all__ = ["RemoteModels"]


class _Listed(msgspec.Struct):
    name: str
    usable: bool
    default: bool = False
    reason: str | None = None
    pictures: bool | None = None


class _Models(msgspec.Struct):
    models: list[_Listed]


class RemoteModels(Models):
    """What a server offers."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def listed(self, patient: bool = True) -> list[_Listed]:
        """The models, the default first. Without `patient`, a server that is away is not waited for."""
        return (await self._connection.ask(_Models, "GET", "/api/models", patient=patient)).models

    def resolve(self, name: str, *, allow_modules: bool = True) -> Model:
        """A server's models answer there."""
        raise Misuse(f"the model {name} is the server's: make a chat with it")

    async def available(self) -> list[Availability]:
        """The models, the default first."""
        return [Availability(one.name, one.usable, one.reason, one.pictures) for one in await self.listed()]

    async def default_model(self) -> str:
        """The name of the model that answers a chat which names none."""
        return next(one.name for one in await self.listed() if one.default)
