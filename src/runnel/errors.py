"""Every error that Runnel raises or attaches to a run, in one tree.

    RunnelError
    ├── Failure                      what was properly asked for could not be done
    │   ├── ModelError               the model, or the way to it
    │   │   ├── AuthenticationFailed     the key is missing, wrong, or not allowed to do this
    │   │   ├── RateLimited              too many requests; `retry_after` in seconds where the vendor says
    │   │   ├── QuotaExceeded            the account has no credit left
    │   │   ├── Overloaded               the vendor has no capacity, or had an error of its own
    │   │   ├── ContextTooLong           the prompt does not fit
    │   │   ├── Refused                  the vendor will not answer this
    │   │   ├── BadRequest               the vendor does not take the request as it is
    │   │   ├── ConnectionFailed         the vendor could not be reached, or hung up
    │   │   ├── StreamEndedEarly         the stream ended without the vendor's end marker
    │   │   └── ModelTimeout             a named limit passed
    │   │       ├── ConnectTimeout           `timeouts.connect`
    │   │       ├── FirstTokenTimeout        `timeouts.first_token`
    │   │       └── BetweenTokensTimeout     `timeouts.between_tokens`
    │   ├── LogError                 the log, or the database under it
    │   │   ├── StaleEpoch               another owner has claimed the run
    │   │   ├── RunEnded                 nothing can follow `run.ended`
    │   │   ├── DiskFull
    │   │   ├── DatabaseLocked           another program holds the database
    │   │   ├── DatabaseCorrupt
    │   │   └── DatabaseTooNew           made by a later version of Runnel
    │   ├── DocumentError            a document that could not be indexed; `document` names it
    │   │   ├── DocumentMissing
    │   │   ├── DocumentUnsupported
    │   │   ├── DocumentEmpty
    │   │   ├── DocumentScanned          pages are pictures: there is no text to index
    │   │   ├── DocumentProtected        a password is needed
    │   │   ├── DocumentBroken
    │   │   └── DocumentTooLarge
    │   ├── ProcessDied              the process that owned the run is gone
    │   └── InternalError            a defect in Runnel or in an extension; the traceback is in `details`
    └── Misuse (also a RuntimeError) the program asked for something that makes no sense
        ├── MessageNotReady              the answer has not been read to its end through this handle
        ├── RunInProgress                the chat is answering already; see `if_busy`
        ├── NotWaiting                   the run, or the call of a tool, does not wait for what it was given
        ├── CannotContinue               the message or its model does not allow `continue_message`
        ├── ModelMissing                 the model of the chat is not there in this process
        ├── ModelUnknown                 no model has that name
        ├── NotFound
        │   ├── UnknownRun · UnknownChat · UnknownMessage · UnknownDocument
        ├── KeyConflict                  the same caller's key was used for something else
        ├── ConfigError                  a setting is wrong; says which, and where it was set
        └── Closed                       the `Runnel` is closed, or was never entered

A `Failure` of a run is a value, `message.error`; awaiting an answer raises only `Misuse`. Errors cross processes as a
code, a sentence and plain details and come back as the same class: `runnel.vocabulary.failures`.
"""

from __future__ import annotations

from typing import Any, ClassVar


class RunnelError(Exception):
    """The root of the tree.

    `str(error)` is a sentence for the person who gets it. `code` is the class's stable name on the wire.
    `details` holds plain values (strings, numbers) that a program may act on.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = {k: v for k, v in details.items() if v is not None}

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self.args[0])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunnelError):
            return NotImplemented
        return (self.code, self.args, self.details) == (other.code, other.args, other.details)

    def __hash__(self) -> int:
        return hash((self.code, self.args))


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


class ProcessDied(Failure):
    """The process that owned the run is gone; the run is `interrupted`."""

    code = "run.process_died"


class InternalError(Failure):
    """A defect in Runnel or in an extension (a model, a tool, a parser); `details["traceback"]` shows where."""

    code = "internal"


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


class KeyConflict(Misuse):
    """The same caller's key was used before, for something else."""

    code = "misuse.key_conflict"


class ConfigError(Misuse):
    """A setting is wrong; says which, and where it was set."""

    code = "misuse.config"


class Closed(Misuse):
    """The `Runnel` is closed, or was never entered with `async with`."""

    code = "misuse.closed"
