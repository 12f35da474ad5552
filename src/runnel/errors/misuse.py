"""Misuse: the program asked for something that makes no sense."""

from .root import RunnelError

__all__ = [
    "CannotContinue",
    "Closed",
    "ConfigError",
    "InvalidRequest",
    "KeyConflict",
    "LimitReached",
    "MessageNotReady",
    "Misuse",
    "ModelMissing",
    "ModelUnknown",
    "NameTaken",
    "NotAllowed",
    "NotFound",
    "NotWaiting",
    "RunInProgress",
    "TooLarge",
    "ToolInvalid",
    "ToolMissing",
    "ToolUnknown",
    "Unauthenticated",
    "UnknownChat",
    "UnknownDocument",
    "UnknownMessage",
    "UnknownRun",
    "UnknownToken",
    "UnknownUser",
]


class Misuse(RunnelError, RuntimeError):
    """The program asked for something that makes no sense."""

    code = "misuse"


class MessageNotReady(Misuse):
    """The answer has not been read to its end through this handle: iterate it, or `await message.read()`."""

    code = "misuse.message_not_ready"


class RunInProgress(Misuse):
    """The chat is answering already; `if_busy=` says what to do instead."""

    code = "misuse.run_in_progress"


class NotWaiting(Misuse):
    """The run, or the call of a tool, does not wait for what it was given: it has ended, or was answered before."""

    code = "misuse.not_waiting"


class CannotContinue(Misuse):
    """The message, or its model, does not allow `continue_message`."""

    code = "misuse.cannot_continue"


class ModelMissing(Misuse):
    """The chat's model was an object of the program that made it, and is not there in this one."""

    code = "misuse.model_missing"


class ModelUnknown(Misuse):
    """No model has that name."""

    code = "misuse.model_unknown"


class ToolMissing(Misuse):
    """A tool of the chat was an object of the program that made it, and is not there in this one."""

    code = "misuse.tool_missing"


class ToolUnknown(Misuse):
    """No tool has that name."""

    code = "misuse.tool_unknown"


class ToolInvalid(Misuse):
    """What was given cannot be a tool: says why."""

    code = "misuse.tool_invalid"


class NotFound(Misuse):
    """Nothing has that id."""

    code = "misuse.not_found"


class UnknownRun(NotFound):
    """No run has that id."""

    code = "misuse.unknown_run"


class UnknownChat(NotFound):
    """No chat has that id."""

    code = "misuse.unknown_chat"


class UnknownMessage(NotFound):
    """No message has that id."""

    code = "misuse.unknown_message"


class UnknownDocument(NotFound):
    """No document has that id."""

    code = "misuse.unknown_document"


class UnknownUser(NotFound):
    """No user has that name."""

    code = "misuse.unknown_user"


class UnknownToken(NotFound):
    """The user has no token with that id."""

    code = "misuse.unknown_token"


class NameTaken(Misuse):
    """Somebody has that name already, or that account."""

    code = "misuse.name_taken"


class KeyConflict(Misuse):
    """The same caller's key was used before, for something else."""

    code = "misuse.key_conflict"


class InvalidRequest(Misuse):
    """What was sent does not have the form that is asked for: says where."""

    code = "misuse.invalid_request"


class Unauthenticated(Misuse):
    """Who calls did not say, or could not show, who they are."""

    code = "misuse.unauthenticated"


class NotAllowed(Misuse):
    """Who calls is known, and may not do this."""

    code = "misuse.not_allowed"


class LimitReached(Misuse):
    """A limit with a name, `limit`; `retry_after` is in seconds, where waiting helps."""

    code = "misuse.limit_reached"


class TooLarge(LimitReached):
    """What was sent is larger than the limit allows."""

    code = "misuse.limit_reached.too_large"


class ConfigError(Misuse):
    """A setting is wrong; says which, and where it was set."""

    code = "misuse.config"


class Closed(Misuse):
    """The `Runnel` is closed, or was never entered with `async with`."""

    code = "misuse.closed"
