"""A chat: what a program asks it, and what it shows."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args, overload

import msgspec

from ..errors import Misuse, RunInProgress, UnknownMessage
from ..ids import new_id
from ..models.base import Model
from ..runs.handles import Message, Run
from ..store import Feed, RunRow, RunSpec, now_ms, own_id
from ..tools import ToolLike
from ..vocabulary.chats import ChatChange, ChatSettings, ChatValue, Head, IfBusy, Match, title_of
from ..vocabulary.messages import MediaPart, MessageValue, PartKind, Status, ToolPart
from . import keys
from .branches import Comparison, alternatives, calls, compare, fork, id_of, page, preceding, switch
from .continuing import check_cut, check_takes_prefill
from .given import asked_question, given_branch
from .models import GivenModels
from .rooms import ChatRooms
from .scheduling import Schedule, is_later

__all__ = ["Chat"]


class Chat:
    """A conversation: its settings, and its tree of messages. A handle; any number may look at one chat. `match` is
    where a search has found it."""

    def __init__(self, rooms: ChatRooms, value: ChatValue, match: Match | None = None) -> None:
        self.id = value.id
        self.match = match
        self._rooms = rooms
        self._value = value

    def __repr__(self) -> str:
        return f"Chat({self.id!r})"

    @property
    def value(self) -> ChatValue:
        """All of it, as an immutable value, as this handle last saw it."""
        return self._value

    @property
    def settings(self) -> ChatSettings:
        """The settings, as this handle last saw them."""
        return self._value.settings

    @property
    def title(self) -> str:
        """The title, as this handle last saw it: the beginning of the first question until it is given another."""
        return self._value.title

    @property
    def key(self) -> dict[str, Any] | None:
        """The caller's own key, where it was made with one."""
        return None if self._value.key is None else keys.read(self._value.key)

    @property
    def created_at(self) -> int:
        """When it was made, in Unix milliseconds."""
        return self._value.created_at

    @property
    def updated_at(self) -> int:
        """When it last changed, in Unix milliseconds, as this handle last saw it."""
        return self._value.updated_at

    # Asking

    async def answer(
        self,
        question: str,
        *,
        stream: bool = False,
        media: Sequence[MediaPart] = (),
        if_busy: IfBusy | None = None,
        id: str | None = None,
    ) -> Message:
        """Ask, and return the answer: whole, or with `stream` at once, to be iterated.

        However the run ends, that is the message's `status`; a failure is its `error`. The caller may leave: the run
        goes on. See `start` for the rest.
        """
        run = await self.start(question, media=media, if_busy=if_busy, id=id)
        return await self._message(run, stream)

    @overload
    async def start(
        self,
        question: str,
        *,
        media: Sequence[MediaPart] = (),
        if_busy: IfBusy | None = None,
        id: str | None = None,
        after: Run | str | None = None,
    ) -> Run: ...

    @overload
    async def start(
        self,
        question: str,
        *,
        media: Sequence[MediaPart] = (),
        id: str | None = None,
        at: datetime | None = None,
        every: str | None = None,
        zone: str | None = None,
    ) -> Schedule: ...

    async def start(
        self,
        question: str,
        *,
        media: Sequence[MediaPart] = (),
        if_busy: IfBusy | None = None,
        id: str | None = None,
        after: Run | str | None = None,
        at: datetime | None = None,
        every: str | None = None,
        zone: str | None = None,
    ) -> Run | Schedule:
        """Ask, and return the run at once; the question is stored by then.

        `if_busy` is what to do while the chat is answering: `reject` (raise RunInProgress), `enqueue` (answer after
        that), `interrupt` (cancel it, keep its partial, go on from there), `rollback` (cancel it, and branch from
        before its question), the last two with all that is queued behind it; without it the chat's setting holds. `id`
        is the caller's own id for the run: the same id means the same run. `after` is a run, of whichever chat: this
        one stays queued until that has ended, however.

        With `at` (with a time zone) or `every` (a cron expression, read in the time zone `zone`) it is asked then, and
        a Schedule returned, whose own id `id` is. Raises ModelMissing, ModelUnknown, KeyConflict, UnknownRun, and
        Misuse for a moment that makes no sense.
        """
        chat = await self._current()
        self._check(chat)
        if is_later(at, every, after, if_busy):
            own = None if id is None else own_id(self._rooms.user, "schedule", id)
            return await self._rooms.scheduler.add(self.id, question, media, own, at, every, zone)
        policy = if_busy or chat.settings.if_busy
        if policy not in get_args(IfBusy):
            raise Misuse(f"if_busy is one of {', '.join(get_args(IfBusy))}, not {policy!r}")
        asked = asked_question(self.id, question, media)
        spec = RunSpec("answer", model=chat.settings.model, question=asked.id)
        if after is not None:
            earlier = await self._rooms.runs.get(after if isinstance(after, str) else after.id)
            spec = msgspec.structs.replace(spec, queued_behind=True, after=earlier.id)
        run = await self._ask(spec, asked, id, policy)
        if not chat.title and chat.head is None:
            self._value = msgspec.structs.replace(self._value, title=title_of(question))
        return run

    async def _ask(self, spec: RunSpec, asked: MessageValue, id: str | None, policy: IfBusy) -> Run:
        after_head = True
        while True:
            try:
                return await self._begin(spec, (asked,), id, after_head)
            except RunInProgress as error:
                if policy == "reject":
                    raise
                if policy == "enqueue":
                    spec = msgspec.structs.replace(spec, queued_behind=True)
                    continue
                if policy == "rollback" and after_head:  # those queued behind the first have no place yet
                    after_head = False
                    asked = msgspec.structs.replace(
                        asked, parent=await preceding(self._rooms, str(error.details["run"]))
                    )
                # The queued ones first, so that none of them takes its turn meanwhile.
                for row in reversed(await self._rooms.runs.going(self.id)):
                    await self._rooms.runner.cancel(row.id)

    async def start_from(
        self,
        messages: Sequence[MessageValue],
        *,
        after: Message | str | Head | None = "head",
        settings: ChatSettings | None = None,
        memo: Mapping[str, Any] | None = None,
        id: str | None = None,
    ) -> Run:
        """Go on with `messages` that the caller gives (their ids, chat and parents are set here), and answer the last:
        a question, or the results of the caller's own tools. They follow the message `after`, on a branch of their own
        where others do; None is the beginning. `settings` hold for this answer in place of the chat's; `memo` is kept
        with the run. Raises what `start` does, UnknownMessage, and Misuse where there are no messages."""
        chat = await self._current()
        self._check(chat if settings is None else msgspec.structs.replace(chat, settings=settings))
        given = given_branch(self.id, messages)
        if after is not None and after != "head":
            parent = (await self._rooms.chats.message(id_of(after))).id
            given[0] = msgspec.structs.replace(given[0], parent=parent)
        model = (settings or chat.settings).model
        spec = RunSpec("answer", model=model, question=given[-1].id, settings=settings, memo=dict(memo or {}))
        return await self._begin(spec, given, id, after == "head")

    async def edit(
        self, message: Message | str, question: str, *, stream: bool = False, media: Sequence[MediaPart] = ()
    ) -> Message:
        """Ask a question of the user's otherwise: a sibling of it, on a branch of its own, and its answer. What was
        there stays. Raises RunInProgress and UnknownMessage."""
        old = await self._rooms.chats.message_of(id_of(message), self.id)
        if old.role != "user":
            raise UnknownMessage(f"message {old.id} is by the {old.role}, not by the user")
        chat = await self._current()
        self._check(chat)
        asked = msgspec.structs.replace(asked_question(self.id, question, media), parent=old.parent)
        spec = RunSpec("answer", model=chat.settings.model, question=asked.id)
        return await self._message(await self._begin(spec, (asked,), None, False), stream)

    async def retry(self, message: Message | str | None = None, *, stream: bool = False) -> Message:
        """Answer the question of an assistant message (the last one, where none is named) again, as a sibling of it.
        Raises RunInProgress and UnknownMessage."""
        old = await self._assistant_message(message)
        chat = await self._current()
        self._check(chat)
        spec = RunSpec("answer", model=chat.settings.model, question=old.parent)
        return await self._message(await self._begin(spec, (), None, False), stream)

    async def continue_message(self, message: Message | str, *, stream: bool = False) -> Message:
        """Go on where a message was cut: a sibling of it, whose first delta is its partial text.

        Raises CannotContinue where the chat's model does not take a partial answer to go on from, or the message is
        not one that was cut; RunInProgress.
        """
        cut = await self._going_on(message)
        spec = RunSpec("answer", model=self.settings.model, question=cut.parent, going_on=cut.id)
        return await self._message(await self._begin(spec, (), None, False), stream)

    async def can_continue(self, message: Message | str) -> bool:
        """Whether `continue_message` would go on from this message now."""
        try:
            await self._going_on(message)
        except Misuse:
            return False
        return True

    async def _going_on(self, message: Message | str) -> MessageValue:
        """The message that can be gone on from. Raises CannotContinue."""
        cut = await self._assistant_message(message)
        check_cut(cut)
        check_takes_prefill(self._rooms.models.get((await self._current()).settings.model, self.id))
        return cut

    # Looking

    async def messages(
        self,
        *,
        kinds: Iterable[PartKind] | None = None,
        limit: int | None = None,
        before: Message | str | None = None,
        after: Message | str | None = None,
        branch: Message | str | None = None,
    ) -> list[Message]:
        """The current branch, or the one that goes on from the message `branch` to its newest end; oldest first, or the
        last `limit` messages of it; with `before` what came before that message, which may be on another branch, with
        `after` the first ones after it. Each as it now stands, with its parts of `kinds` only. Costs what it returns,
        however long the branch. Raises UnknownMessage."""
        return await page(self._rooms, await self._current(), kinds, limit, before, after, branch)

    async def calls(self) -> list[ToolPart]:
        """The calls of tools since the user's last message on the current branch, in order, each as it now stands, also
        of a run that is going. Costs the same however long the chat is."""
        return await calls(self._rooms, self.id)

    async def message(self, id: str) -> Message:
        """A message of this chat, as it now stands. Raises UnknownMessage."""
        value = await self._rooms.chats.message(id)
        return Message(self._rooms.runner, await self._rooms.runner.current(value))

    def events(self, after: int = 0) -> AsyncIterator[ChatChange]:
        """The chat's own feed: messages and runs as they come and change, after change `after`; goes on until the
        reader leaves."""
        return self._rooms.chats.follow(self.id, after)

    async def feed(self, after: int = 0) -> Feed:
        """A reader's place in the feed, for one that looks for itself; to be closed. Raises UnknownChat."""
        return await self._rooms.chats.feed(self.id, after)

    async def runs(self) -> list[Run]:
        """The runs of this chat that have not ended, in the order in which they were asked for."""
        return [self._run(row) for row in await self._rooms.runs.going(self.id)]

    async def schedules(self) -> list[Schedule]:
        """The schedules of this chat of which something more comes, the next first."""
        return await self._rooms.scheduler.of(self.id)

    async def schedule(self, id: str) -> Schedule:
        """A schedule of this chat, also one of which nothing more comes. Raises NotFound."""
        return await self._rooms.scheduler.get(self.id, id, own_id(self._rooms.user, "schedule", id))

    # Changing

    async def change(
        self,
        *,
        model: Model | str | None = None,
        title: str | None = None,
        tools: Sequence[ToolLike] | None = None,
        **settings: Any,
    ) -> "Chat":
        """Change the title, the model, the tools, or other settings (`system`, `history`, `documents`, `sampling`,
        `if_busy`, `limits`, `retrieval`, `steering`) for the questions to come; returns the chat. Raises ModelUnknown,
        ToolUnknown, and UnknownDocument."""
        if "documents" in settings:
            settings["documents"] = tuple(settings["documents"])
            await self._rooms.documents.check(settings["documents"])
        if tools is not None:
            settings["tools"] = self._rooms.tools.give(self.id, tools)
        if model is not None:
            if not isinstance(model, str):
                self._rooms.models.give(self.id, model)
            settings["model"] = GivenModels.reference(model)
        changed = None
        if settings:
            current = (await self._current()).settings
            changed = msgspec.structs.replace(current, **settings)
        self._value = await self._rooms.chats.change(self.id, now_ms(), settings=changed, title=title)
        return self

    async def alternatives(self, message: Message | str) -> list[Message]:
        """The messages that stand where `message` does (answers of one question, or edits of it), itself among them, in
        the order in which they were made. What another fork has made there is that fork's alone. Raises
        UnknownMessage."""
        return await alternatives(self._rooms.runner, self._rooms.chats, self.id, id_of(message))

    async def alternatives_of(self, messages: Iterable[Message | str]) -> dict[str, tuple[str, ...]]:
        """What `alternatives` are, for many messages in one look: the ids, of each that is not alone in its place."""
        return await self._rooms.chats.places([id_of(message) for message in messages], self.id)

    async def switch(self, message: Message | str) -> None:
        """Make the branch that `message` is on the current one, to its newest end. Raises RunInProgress while the chat
        is answering, UnknownMessage."""
        await switch(self._rooms.runner, self._rooms.chats, self.id, id_of(message))

    async def compare(self, left: Message | str, right: Message | str) -> Comparison:
        """Two branches side by side: what they share, and what each has for itself. Raises UnknownMessage."""
        return await compare(self._rooms.runner, self._rooms.chats, id_of(left), id_of(right))

    async def fork(self, message: Message | str) -> "Chat":
        """A new chat with the same settings, whose branch ends with `message`. It shares all that came before; nothing
        is copied. Raises UnknownMessage."""
        return Chat(self._rooms, await fork(self._rooms, await self._current(), id_of(message)))

    async def delete(self) -> None:
        """Delete this chat: it is gone at once, for everybody, with its schedules; its runs are cancelled, and what no
        fork of it shares is deleted: messages, runs, their logs. Who follows it comes to an end. Raises UnknownChat."""
        await self._rooms.deleting.delete(self.id)

    # Inside

    def _check(self, chat: ChatValue) -> None:
        """Raises ModelMissing, ModelUnknown, ToolMissing or ToolUnknown where the chat could not be answered here."""
        self._rooms.models.get(chat.settings.model, self.id)
        self._rooms.tools.get(chat.settings.tools, self.id)

    async def _current(self) -> ChatValue:
        self._value = await self._rooms.chats.get(self.id)
        return self._value

    async def _begin(self, spec: RunSpec, asked: Sequence[MessageValue], id: str | None, after_head: bool) -> Run:
        run = new_id("run") if id is None else own_id(self._rooms.user, "run", id)
        answer = MessageValue(
            new_id("msg"),
            "assistant",
            Status.QUEUED,
            chat=self.id,
            parent=spec.question,
            run=run,
            model=spec.model,
            created_at=now_ms(),
        )
        row = await self._rooms.runner.start(spec, run, (*asked, answer), chat=self.id, after_head=after_head)
        return self._run(row)

    def _run(self, row: RunRow) -> Run:
        return Run(self._rooms.runner, row.value)

    async def _message(self, run: Run, stream: bool) -> Message:
        if not stream:
            return await run.wait()
        assert run.message_id is not None
        return Message(self._rooms.runner, await self._rooms.chats.message(run.message_id), run, ready=False)

    async def _assistant_message(self, message: "Message | str | None") -> MessageValue:
        if message is None:
            head = (await self._current()).head
            if head is None:
                raise UnknownMessage(f"chat {self.id} has no messages yet")
            message = head
        value = await self._rooms.chats.message_of(id_of(message), self.id)
        if value.role != "assistant":
            raise UnknownMessage(f"message {value.id} is by the {value.role}, not by the assistant")
        return await self._rooms.runner.current(value)
