"""Failures: what was properly asked for could not be done."""

from typing import ClassVar

from .root import RunnelError

__all__ = [
    "AuthenticationFailed",
    "BadRequest",
    "BetweenTokensTimeout",
    "ConnectTimeout",
    "ConnectionFailed",
    "ContextTooLong",
    "DatabaseCorrupt",
    "DatabaseLocked",
    "DatabaseTooNew",
    "DiskFull",
    "DocumentBroken",
    "DocumentEmpty",
    "DocumentError",
    "DocumentMissing",
    "DocumentProtected",
    "DocumentScanned",
    "DocumentTooLarge",
    "DocumentUnsupported",
    "EventsUnreadable",
    "Failure",
    "FirstTokenTimeout",
    "InternalError",
    "LogError",
    "ModelError",
    "ModelTimeout",
    "Overloaded",
    "ProcessDied",
    "QuotaExceeded",
    "RateLimited",
    "Refused",
    "RunEnded",
    "ServerUnreachable",
    "SignatureInvalid",
    "StaleEpoch",
    "StreamEndedEarly",
    "ToolArgumentsInvalid",
    "ToolCancelled",
    "ToolDenied",
    "ToolError",
    "ToolFailed",
    "ToolTimeout",
    "ToolUnreachable",
]


class Failure(RunnelError):
    """What was properly asked for could not be done."""

    code = "failure"


class ModelError(Failure):
    """The model, or the way to it, failed. `details`: `provider`, `model`, `status_code`, `vendor_message`."""

    code = "model.error"
    # Whether the same request may succeed a little later.
    retryable: ClassVar[bool] = False

    @property
    def status_code(self) -> int | None:
        """The HTTP status of the vendor's answer, where there was one."""
        return self.details.get("status_code")


class AuthenticationFailed(ModelError):
    """The vendor refused the key, or there is none."""

    code = "model.authentication"


class RateLimited(ModelError):
    """Too many requests for now."""

    code = "model.rate_limited"
    retryable = True

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait, where the vendor says."""
        return self.details.get("retry_after")


class QuotaExceeded(ModelError):
    """The account has no credit left, or has reached a limit of its own: waiting does not help."""

    code = "model.quota_exceeded"


class Overloaded(ModelError):
    """The vendor has no capacity now, or had an error of its own (5xx)."""

    code = "model.overloaded"
    retryable = True


class ContextTooLong(ModelError):
    """The prompt does not fit in the model's context window."""

    code = "model.context_too_long"


class Refused(ModelError):
    """The vendor's policy refuses this prompt."""

    code = "model.refused"


class BadRequest(ModelError):
    """The vendor does not take the request as it is (4xx)."""

    code = "model.bad_request"


class ConnectionFailed(ModelError):
    """The vendor could not be reached, or the connection broke."""

    code = "model.connection"
    retryable = True


class StreamEndedEarly(ModelError):
    """The stream ended without the vendor's end marker: what was said may not be all."""

    code = "model.stream_ended_early"
    retryable = True


class ModelTimeout(ModelError):
    """A named limit on waiting for the model passed; `details["limit"]` in seconds."""

    code = "model.timeout"


class ConnectTimeout(ModelTimeout):
    """No connection within `timeouts.connect`."""

    code = "model.timeout.connect"
    retryable = True


class FirstTokenTimeout(ModelTimeout):
    """No first delta within `timeouts.first_token`."""

    code = "model.timeout.first_token"
    retryable = True


class BetweenTokensTimeout(ModelTimeout):
    """No next delta within `timeouts.between_tokens`."""

    code = "model.timeout.between_tokens"


class LogError(Failure):
    """The log or its database failed. What was durable stays."""

    code = "log.error"


class StaleEpoch(LogError):
    """Another owner has claimed the run since: this one must stop writing."""

    code = "log.stale_epoch"


class RunEnded(LogError):
    """The run has ended; nothing can be appended after `run.ended`."""

    code = "log.run_ended"


class DiskFull(LogError):
    """No space left where the database lives."""

    code = "log.disk_full"


class DatabaseLocked(LogError):
    """Another program holds the database's write lock for longer than `busy_timeout`."""

    code = "log.locked"


class EventsUnreadable(LogError):
    """What is stored of a run is no events of this version of Runnel."""

    code = "log.unreadable"


class DatabaseCorrupt(LogError):
    """The file is not a database, or is damaged."""

    code = "log.corrupt"


class DatabaseTooNew(LogError):
    """The database was made by a later version of Runnel than this one."""

    code = "log.too_new"


class DocumentError(Failure):
    """A document could not be indexed; `details["document"]` names it. The others go on."""

    code = "document.error"

    @property
    def document(self) -> str:
        """The name of the document."""
        return str(self.details.get("document", ""))


class DocumentMissing(DocumentError):
    """There is no such file, or the pattern matches none."""

    code = "document.missing"


class DocumentUnsupported(DocumentError):
    """No parser takes this kind of file."""

    code = "document.unsupported"


class DocumentEmpty(DocumentError):
    """There is no text in it."""

    code = "document.empty"


class DocumentScanned(DocumentError):
    """Its pages are pictures: there is no text to index."""

    code = "document.scanned"


class DocumentProtected(DocumentError):
    """A password is needed to read it."""

    code = "document.protected"


class DocumentBroken(DocumentError):
    """It is damaged, or not what its name says."""

    code = "document.broken"


class DocumentTooLarge(DocumentError):
    """It is larger than `documents.max_bytes`."""

    code = "document.too_large"


class ToolError(Failure):
    """A call of a tool failed; `details["tool"]` names the tool. A tool that raises this says to the model, in its own
    words, why it cannot do what was asked."""

    code = "tool.error"
    # Whether the same call may succeed a little later.
    retryable: ClassVar[bool] = False

    @property
    def tool(self) -> str:
        """The name of the tool."""
        return str(self.details.get("tool", ""))


class ToolArgumentsInvalid(ToolError):
    """The arguments that the model gave are not what the tool takes. Nothing was begun."""

    code = "tool.arguments"


class ToolDenied(ToolError):
    """A person, or a setting, refuses the call. Nothing was begun."""

    code = "tool.denied"


class ToolCancelled(ToolError):
    """The call was told to stop."""

    code = "tool.cancelled"


class ToolFailed(ToolError):
    """The tool raised an error of its own; `details["traceback"]` shows where. Never for the model."""

    code = "tool.failed"
    retryable = True


class ToolTimeout(ToolError):
    """The tool took longer than its `timeout`; `details["limit"]` in seconds."""

    code = "tool.timeout"
    retryable = True


class ToolUnreachable(ToolError):
    """What would carry out the call (a server, a program) is not there. Nothing was begun."""

    code = "tool.unreachable"
    retryable = True


class ProcessDied(Failure):
    """The process that owned the run is gone; the run is `interrupted`."""

    code = "run.process_died"


class ServerUnreachable(Failure):
    """No server answers at `url`; what runs there goes on, if it is there."""

    code = "server.unreachable"


class SignatureInvalid(Failure):
    """A webhook's request is not from a sender that has the secret."""

    code = "webhook.signature_invalid"


class InternalError(Failure):
    """A defect in Runnel or in an extension (a model, a tool, a parser); `details["traceback"]` shows where."""

    code = "internal"
