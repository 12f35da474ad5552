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
    │   │   ├── EventsUnreadable         what is stored of a run is no events of this version
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
    │   ├── ToolError                a call of a tool; `tool` names it. What the model is told of it is its sentence
    │   │   ├── ToolArgumentsInvalid     the model's arguments are not what the tool takes
    │   │   ├── ToolDenied               a person, or a setting, refuses the call
    │   │   ├── ToolCancelled            it was told to stop
    │   │   ├── ToolFailed               it raised; the traceback is in `details`
    │   │   ├── ToolTimeout              the tool's `timeout` passed
    │   │   └── ToolUnreachable          what carries it out (a server, a program) is not there: nothing was begun
    │   ├── ServerUnreachable        no server answers at the URL
    │   ├── SignatureInvalid         a webhook was not signed by who has the secret
    │   ├── ProcessDied              the process that owned the run is gone
    │   └── InternalError            a defect in Runnel or in an extension; the traceback is in `details`
    └── Misuse (also a RuntimeError) the program asked for something that makes no sense
        ├── MessageNotReady              the answer has not been read to its end through this handle
        ├── RunInProgress                the chat is answering already; see `if_busy`
        ├── NotWaiting                   the run, or the call of a tool, does not wait for what it was given
        ├── CannotContinue               the message or its model does not allow `continue_message`
        ├── ModelMissing                 the model of the chat is not there in this process
        ├── ModelUnknown                 no model has that name
        ├── ToolMissing                  a tool of the chat is not there in this process
        ├── ToolUnknown                  no tool has that name
        ├── ToolInvalid                  what was given cannot be a tool
        ├── NotFound
        │   ├── UnknownRun · UnknownChat · UnknownMessage · UnknownDocument · UnknownUser · UnknownToken
        ├── InvalidRequest               what was sent does not have the form that is asked for
        ├── Unauthenticated              who calls did not show who they are
        ├── NotAllowed                   who calls may not do this
        ├── LimitReached                 a limit with a name; `retry_after` in seconds where waiting helps
        │   └── TooLarge
        ├── NameTaken                    somebody has that name already
        ├── KeyConflict                  the same caller's key was used for something else
        ├── ConfigError                  a setting is wrong; says which, and where it was set
        └── Closed                       the `Runnel` is closed, or was never entered

A `Failure` of a run is a value, `message.error`; awaiting an answer raises only `Misuse`. Errors cross processes as a
code, a sentence and plain details and come back as the same class: `runnel.vocabulary.failures`.
"""

from .failures import (
    AuthenticationFailed,
    BadRequest,
    BetweenTokensTimeout,
    ConnectionFailed,
    ConnectTimeout,
    ContextTooLong,
    DatabaseCorrupt,
    DatabaseLocked,
    DatabaseTooNew,
    DiskFull,
    DocumentBroken,
    DocumentEmpty,
    DocumentError,
    DocumentMissing,
    DocumentProtected,
    DocumentScanned,
    DocumentTooLarge,
    DocumentUnsupported,
    EventsUnreadable,
    Failure,
    FirstTokenTimeout,
    InternalError,
    LogError,
    ModelError,
    ModelTimeout,
    Overloaded,
    ProcessDied,
    QuotaExceeded,
    RateLimited,
    Refused,
    RunEnded,
    ServerUnreachable,
    SignatureInvalid,
    StaleEpoch,
    StreamEndedEarly,
    ToolArgumentsInvalid,
    ToolCancelled,
    ToolDenied,
    ToolError,
    ToolFailed,
    ToolTimeout,
    ToolUnreachable,
)
from .misuse import (
    CannotContinue,
    Closed,
    ConfigError,
    InvalidRequest,
    KeyConflict,
    LimitReached,
    MessageNotReady,
    Misuse,
    ModelMissing,
    ModelUnknown,
    NameTaken,
    NotAllowed,
    NotFound,
    NotWaiting,
    RunInProgress,
    TooLarge,
    ToolInvalid,
    ToolMissing,
    ToolUnknown,
    Unauthenticated,
    UnknownChat,
    UnknownDocument,
    UnknownMessage,
    UnknownRun,
    UnknownToken,
    UnknownUser,
)
from .root import RunnelError

__all__ = [
    "AuthenticationFailed",
    "BadRequest",
    "BetweenTokensTimeout",
    "CannotContinue",
    "Closed",
    "ConfigError",
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
    "InvalidRequest",
    "KeyConflict",
    "LimitReached",
    "LogError",
    "MessageNotReady",
    "Misuse",
    "ModelError",
    "ModelMissing",
    "ModelTimeout",
    "ModelUnknown",
    "NameTaken",
    "NotAllowed",
    "NotFound",
    "NotWaiting",
    "Overloaded",
    "ProcessDied",
    "QuotaExceeded",
    "RateLimited",
    "Refused",
    "RunEnded",
    "RunInProgress",
    "RunnelError",
    "ServerUnreachable",
    "SignatureInvalid",
    "StaleEpoch",
    "StreamEndedEarly",
    "TooLarge",
    "ToolArgumentsInvalid",
    "ToolCancelled",
    "ToolDenied",
    "ToolError",
    "ToolFailed",
    "ToolInvalid",
    "ToolMissing",
    "ToolTimeout",
    "ToolUnknown",
    "ToolUnreachable",
    "Unauthenticated",
    "UnknownChat",
    "UnknownDocument",
    "UnknownMessage",
    "UnknownRun",
    "UnknownToken",
    "UnknownUser",
]
