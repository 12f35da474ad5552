"""Hypothesis strategies: any event, from the struct types themselves; and runs that a runner could have written."""

import builtins
import enum
import types
import typing
from typing import Any

import msgspec
from hypothesis import strategies as st

from runnel.vocabulary import events as ev
from runnel.vocabulary.events import Event
from runnel.vocabulary.messages import MessageValue, Status, Usage

_INTEGERS = st.integers(-(2**53), 2**53)
_NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _INTEGERS | _NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    Any: _JSON,
    str: st.text(),
    int: _INTEGERS,
    float: _NUMBERS,
    bool: st.booleans(),
    builtins.bytes: st.binary(max_size=8),
    type(None): st.none(),
}


def of_type(wanted: Any) -> st.SearchStrategy[Any]:
    """Values of a type that a struct's field may have."""
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    origin, arguments = typing.get_origin(wanted), typing.get_args(wanted)
    if origin is typing.Literal:
        return st.sampled_from(arguments)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([of_type(argument) for argument in arguments])
    if origin is tuple:
        return st.lists(of_type(arguments[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(of_type(arguments[0]), of_type(arguments[1]), max_size=3)
    if issubclass(wanted, enum.Enum):
        return st.sampled_from(wanted)
    return of_struct(wanted)


def of_struct(kind: type[msgspec.Struct], **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Structs of one kind; `fixed` fields come from other strategies."""
    hints = typing.get_type_hints(kind)
    names = [field.name for field in msgspec.structs.fields(kind)]
    return st.builds(kind, **{name: of_type(hints[name]) for name in names if name not in fixed}, **fixed)


def of_kind(kind: Any) -> st.SearchStrategy[Any]:
    """Events of one kind, of this version."""
    return of_struct(kind, **({"version": st.just(ev.VERSION)} if kind is ev.RunStarted else {}))


KINDS: tuple[Any, ...] = typing.get_args(ev.Event)

_texts = st.text(alphabet="ab é末🜂🚀", max_size=5)
_calls = st.sampled_from(["call_1", "call_2"])
_models = st.sampled_from([None, "one", "two"])
_usages = st.builds(Usage, st.integers(0, 99), st.integers(0, 99))
_happenings: list[st.SearchStrategy[Event]] = [
    st.builds(ev.TextDelta, _texts),
    st.builds(ev.TextDelta, _texts),
    st.builds(ev.TextDelta, _texts),
    st.builds(ev.ReasoningDelta, _texts, signature=st.none() | st.just("signed")),
    st.builds(ev.TextRetracted, st.integers(0, 7) | st.just(10**6)),
    st.builds(ev.StepStarted, st.integers(1, 3), _models),
    st.builds(ev.AttemptStarted, st.integers(2, 4), _models),
    st.builds(ev.ToolCallDelta, _calls, _texts, st.none() | st.just("tool")),
    st.builds(ev.ToolCalled, _calls, st.just("tool"), st.just({"n": 1})),
    st.builds(ev.ToolReturned, _calls, st.sampled_from(["ok", "error", "cancelled"]), _texts),
    st.builds(ev.PartDelta, st.integers(0, 1), st.just("image/png"), st.just("iVBO"), st.none() | st.just("http://x")),
    st.builds(ev.UsageReported, _usages),
    st.builds(ev.StatusLine, _texts),
    st.builds(ev.QueryRewritten, _texts),
    st.builds(ev.StateChanged, st.just(Status.RUNNING)),
    st.builds(ev.Steered, _texts),
]


@st.composite
def runs(draw: st.DrawFn) -> list[Event]:
    """A run's events, from `run.started` to `run.ended`, with their `seq`."""
    happened = draw(st.lists(st.one_of(_happenings), max_size=40))
    message = MessageValue("msg", "assistant", Status.QUEUED, run="run")
    run: list[Event] = [
        ev.RunStarted("run", message=message),
        *happened,
        ev.RunEnded(Status.COMPLETED, usage=draw(_usages)),
    ]
    return [msgspec.structs.replace(event, seq=seq) for seq, event in enumerate(run, 1)]
