"""Which model answers a chat: one by name, or an object that the program gave."""

import asyncio
from collections.abc import Callable

from ..database.signals import Signal
from ..errors import ModelMissing, ModelUnknown
from ..models.base import Model

__all__ = ["GivenModels"]

_OBJECT = "object:"


class GivenModels:
    """Resolves a chat's model: names through `resolve`, objects from those given to this process."""

    def __init__(self, resolve: Callable[[str], Model]) -> None:
        self._resolve = resolve
        self._given: dict[str, Model] = {}
        self._signal = Signal()

    @staticmethod
    def reference(model: "Model | str") -> str:
        """What is stored of a model. Raises ModelUnknown for what is none."""
        if isinstance(model, str):
            return model
        given: object = model
        if isinstance(given, type) or not isinstance(given, Model):
            raise ModelUnknown(f"{given!r:.80} is no model: a model is an object with a `name` and `stream(prompt)`")
        return f"{_OBJECT}{model.name}"

    def give(self, chat: str, model: Model) -> None:
        """`model` is the object that the chat's setting refers to."""
        self._given[chat] = model
        self._signal.fire()

    def get(self, reference: str, chat: str) -> Model:
        """The model. Raises ModelMissing for an object that is not there, ModelUnknown for a name nobody has."""
        if not reference.startswith(_OBJECT):
            return self._resolve(reference)
        model = self._given.get(chat)
        if model is None:
            raise ModelMissing(
                f"chat {chat} is answered by {reference.removeprefix(_OBJECT)!r}, an object of the program that made"
                " the chat: give it with get_chat(id, model=…)",
                chat=chat,
                model=reference,
            )
        return model

    async def wait(self, reference: str, chat: str, seconds: float) -> Model:
        """`get`, waiting for an object to be given for so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    version = self._signal.version
                    try:
                        return self.get(reference, chat)
                    except ModelMissing:
                        await self._signal.after(version)
        except TimeoutError:
            return self.get(reference, chat)
