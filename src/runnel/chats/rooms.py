"""What every chat stands on, as all of it is seen, or what is one user's."""

from dataclasses import dataclass, replace

from ..retrieval import Retrieval
from ..runs.runner import Runner
from ..store import Chats, Runs
from .deleting import Deleting
from .models import GivenModels
from .scheduling import Scheduler
from .tools import GivenTools

__all__ = ["ChatRooms"]


@dataclass(frozen=True)
class ChatRooms:
    """What every chat of a `Runnel` stands on.

    Whatever a caller names by an id is looked for in `chats`, `runs` and `documents`, which know what is `user`'s only:
    to a user another's things are not there. `runner` sees all, and is given only what was found so.
    """

    runner: Runner
    chats: Chats
    runs: Runs
    documents: Retrieval
    models: GivenModels
    tools: GivenTools
    scheduler: Scheduler
    deleting: Deleting
    user: str | None = None

    def as_user(self, user: str) -> "ChatRooms":
        """The same, as it is for one user."""
        return replace(
            self,
            chats=self.chats.as_user(user),
            runs=self.runs.as_user(user),
            documents=self.documents.as_user(user),
            user=user,
        )
