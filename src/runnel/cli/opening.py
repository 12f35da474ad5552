"""The chat that `ask` and `chat` are told to use."""

from ..app import Runnel
from ..chats.chat import Chat
from ..config import load
from ..errors import DocumentError
from ..terminal.conversation import Choices
from ..terminal.progress import index_documents, tell_failures
from ..terminal.screen import Screen
from ..tools import resolve

__all__ = ["open_chat"]


async def open_chat(
    app: Runnel, screen: Screen, choices: Choices, documents: list[str] | None, id: str | None
) -> Chat | None:
    """The chat called `id`, changed as `choices` say; None for one that is yet to begin, like `choices`, which then
    hold the `documents`, indexed, and the configured tools where they name none. Raises UnknownChat, ModelUnknown,
    ToolUnknown, DocumentError where no document can be used."""
    if not app.is_remote:  # a server knows its own
        if choices.model is not None:
            app.models.resolve(choices.model)  # before documents are read for nothing
        if id is None and choices.tools is None:
            choices.tools = load().tools
        configured = {f"mcp:{name}" for name in load().mcp}
        for tool in choices.tools or ():
            if tool not in configured:
                resolve(tool)
    chat = None if id is None else await app.get_chat(id, model=choices.model)
    if documents:
        report = await index_documents(app, documents, screen)
        if report.failed and not report.ids:
            raise _all_of(report.failed)
        tell_failures(report.failed, screen)
        choices.documents = tuple(report.ids)
        if not report.ids:
            screen.note("No documents were found there.", style="yellow")
    if chat is None:
        return None
    changes = choices.changes(chat.settings)
    return await chat.change(**changes) if changes else chat


def _all_of(failed: tuple[DocumentError, ...]) -> DocumentError:
    """One error for several."""
    if len(failed) == 1:
        return failed[0]
    reasons = "; ".join(str(failure) for failure in failed)
    return DocumentError(f"none of the documents can be used: {reasons}")
