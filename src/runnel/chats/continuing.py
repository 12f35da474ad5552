"""Which messages can be gone on from."""

from ..errors import CannotContinue
from ..models.base import Model, takes_prefill
from ..vocabulary.messages import MessageValue, Status

__all__ = ["check_cut", "check_takes_prefill"]


def check_cut(cut: MessageValue) -> None:
    """Raises CannotContinue where the message was not cut after it had said something."""
    if cut.status is Status.COMPLETED or not cut.status.ended:
        raise CannotContinue(f"message {cut.id} is {cut.status}: only one that was cut can be continued")
    if not cut.content:
        raise CannotContinue(f"message {cut.id} has no text to go on from: answer its question again with retry")


def check_takes_prefill(model: Model) -> None:
    """Raises CannotContinue where the model does not take a partial answer."""
    if not takes_prefill(model):
        raise CannotContinue(
            f"the model {model.name} cannot go on from a partial answer: ask it to go on, or answer the question"
            " again with retry",
            model=model.name,
        )
