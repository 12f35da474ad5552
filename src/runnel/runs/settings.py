"""The named limits of a run. Times are seconds; None is no limit."""

from dataclasses import dataclass

__all__ = ["RunSettings"]


@dataclass(frozen=True)
class RunSettings:
    """Limits that hold for every run of a `Runnel`.

    Nothing times out that is not named here: awaiting an answer waits for as long as it takes.
    """

    # From asking the model to its first delta, and from each delta to the next.
    first_token: float | None = None
    between_tokens: float | None = None
    # How often an error that may pass is tried again, before the first delta only; waits double from `backoff`, up to
    # `backoff_most`, unless the vendor says how long to wait.
    retries: int = 2
    backoff: float = 0.5
    backoff_most: float = 30.0
    # How long a model that ignores its cancellation is waited for before it is left behind.
    close: float = 2.0
    # How long closing waits for runs that are going before it interrupts them.
    drain: float = 5.0
    # How long a run that was found again waits for a model that is an object of the program.
    model_wait: float = 10.0
    # How long a run whose end cannot be written (a full disk) tries again before its readers are told.
    end_wait: float = 10.0
    # Whether where a model's or a tool's own code failed is kept in the run; else it is in the process's log.
    tracebacks: bool = True
