"""What a run asks of people and has no answer to yet."""

from runnel.vocabulary import events
from runnel.vocabulary.messages import Status
from runnel.vocabulary.requests import Request, RequestsFold
from tests import recorded


def after(*given: events.Event) -> tuple[Request, ...]:
    fold = RequestsFold()
    for event in given:
        fold.apply(event)
    return fold.value()


ASKED = (
    events.ToolCalled(call="c", name="choose"),
    events.InputRequested(id="ask_1", question="Which?", call="c"),
    events.ToolApprovalRequested(call="d", name="send", arguments={"to": "anna"}),
)


def test_requests_are_open_in_the_order_in_which_they_were_asked() -> None:
    assert after(*ASKED) == (
        Request("input", "ask_1", "choose", question="Which?"),
        Request("approval", "d", "send", {"to": "anna"}),
    )


def test_an_answer_closes_a_request() -> None:
    assert [one.id for one in after(*ASKED, events.InputGiven(id="ask_1", text="that"))] == ["d"]
    assert [one.id for one in after(*ASKED, events.ToolApprovalGiven(call="d", approve=False))] == ["ask_1"]


def test_the_end_of_a_call_closes_what_it_asked() -> None:
    assert [one.id for one in after(*ASKED, events.ToolReturned(call="c", status="cancelled"))] == ["d"]


def test_nothing_is_open_once_a_run_has_ended() -> None:
    assert after(*ASKED, events.RunEnded(status=Status.CANCELLED)) == ()
    for name in recorded.NAMES:
        assert after(*recorded.events(name)) == ()
