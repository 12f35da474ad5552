"""What chats may be given by name: the tools that the settings name, as people choose among them."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

import msgspec

from ..errors import RunnelError
from .base import Permission, Tool, Toolbox
from .references import collect

__all__ = ["Offer", "OfferedTool", "Offers"]

_log = logging.getLogger(__name__)
# In seconds: a server of tools is given so long to say what it has, and is asked no more often.
_PATIENCE = 10.0
_FRESH = 5.0


class OfferedTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool as a model knows it. `permission` is whether it may be called: `always`, only after a person agreed
    (`ask`), or `never`."""

    name: str
    description: str = ""
    permission: Permission = "always"


class Offer(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a chat gets by naming `name`: one tool, or all of a server's; of what cannot be used now, the `reason`."""

    name: str
    tools: tuple[OfferedTool, ...] = ()
    reason: str | None = None


class Offers:
    """The offers that `names` make, as `find` finds them."""

    def __init__(self, names: Sequence[str], find: Callable[[str], Tool | Toolbox]) -> None:
        self._names = names
        self._find = find
        self._made: list[Offer] = []
        self._until = 0.0
        self._asking = asyncio.Lock()

    async def all(self) -> Sequence[Offer]:
        """All of them, in the order of the names."""
        async with self._asking:
            if time.monotonic() > self._until:
                self._made = list(await asyncio.gather(*[self._offer(name) for name in self._names]))
                self._until = time.monotonic() + _FRESH
            return self._made

    async def _offer(self, name: str) -> Offer:
        try:
            async with asyncio.timeout(_PATIENCE):
                tools = await collect([self._find(name)])
        except TimeoutError:
            return Offer(name, reason=f"it did not say within {_PATIENCE:g} seconds what tools it has")
        except RunnelError as error:
            return Offer(name, reason=str(error))
        except Exception:  # of a module that is imported for the first time
            _log.warning("the tool %s cannot be imported", name, exc_info=True)
            return Offer(name, reason="its module fails where it is imported: the log of this server says how")
        return Offer(name, tuple([OfferedTool(one.name, one.description, one.permission) for one in tools.values()]))
