"""Many runs and chats over one socket: `WS /api/live`.

What is followed are places, taken in turn: each is looked at when there is more of it, and gives what is visible then.
A socket that does not read costs its places, and nothing is kept for it.
"""

import asyncio
import time
from collections import deque
from contextlib import suppress
from typing import Any

import msgspec
from starlette.routing import WebSocketRoute
from starlette.types import Receive, Scope, Send

from ...app import Runnel
from ...errors import Closed, InternalError, LimitReached, RunnelError
from ...runs.handles import Run
from ..calls import Server, caller_of
from ..problems import logger, problem
from .lines import Lines
from .messages import (
    Approve,
    Ask,
    AskId,
    Cancel,
    FollowChat,
    Reply,
    Steer,
    Subscribe,
    UnfollowChat,
    Unsubscribe,
    decode,
    id_in,
)
from .places import Followed, FollowedChat, FollowedRun

__all__ = ["MOST_ASKED", "MOST_FOLLOWED", "live_route"]

# What one socket may follow, and how many of its asks may go on at a time: more are not read until one has ended.
MOST_FOLLOWED = 200
MOST_ASKED = 16

_SERVICE_RESTART = 1012
_INTERNAL_ERROR = 1011


def live_route(server: Server) -> WebSocketRoute:
    """`/api/live` of a server."""
    return WebSocketRoute("/api/live", _Live(server))


class _Live:
    def __init__(self, server: Server) -> None:
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _Socket(self._server, caller_of(scope).app, receive, send, Lines(scope)).run()


class _Socket:
    def __init__(self, server: Server, app: Runnel, receive: Receive, send: Send, lines: Lines) -> None:
        self._server = server
        self._app = app
        self._receive = receive
        self._send = send
        self._lines = lines
        self._followed: dict[tuple[str, str], Followed] = {}
        self._ready: deque[Followed] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._asked: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Accept, and serve it until either side ends it."""
        await self._receive()
        await self._send({"type": "websocket.accept"})
        self._lines.opened()
        self._server.followers.add(self)
        giving = asyncio.ensure_future(self._give())
        try:
            await self._hear()
        except OSError:  # it has left
            pass
        finally:
            giving.cancel()
            self._server.followers.discard(self)
            for key in list(self._followed):
                self._drop(key, self._lines.ended)
        await asyncio.gather(*self._asked)

    def tick(self) -> None:
        """See Follower."""
        if self._server.draining.is_set():
            self._wake()

    # What the client says

    async def _hear(self) -> None:
        while (message := await self._receive())["type"] != "websocket.disconnect":
            text = message.get("text")
            try:
                ask = decode(text)
            except RunnelError as error:
                await self._say(_refusal(id_in(text), error))
                continue
            if isinstance(ask, Subscribe | Unsubscribe | FollowChat | UnfollowChat):
                await self._answer(ask)  # in the order in which they are asked
                continue
            while len(self._asked) >= MOST_ASKED:
                await asyncio.wait(self._asked, return_when=asyncio.FIRST_COMPLETED)
            task = asyncio.ensure_future(self._answer(ask))
            self._asked.add(task)
            task.add_done_callback(self._asked.discard)

    async def _answer(self, ask: Ask) -> None:
        began = time.monotonic()
        answer: dict[str, Any] = {"id": ask.id, "ok": True}
        about: dict[str, str] = {}
        followed = None
        refused: RunnelError | None = None
        try:
            followed = await self._do(ask, answer, about)
            said = msgspec.json.encode(answer)
        except RunnelError as error:
            refused = error
            said = _refusal(ask.id, refused)
        except Exception as error:
            named = " ".join([f"{kind}={id}" for kind, id in about.items()])
            logger.error("%s over /api/live failed %s", type(ask).__name__, named, exc_info=error)
            refused = InternalError("the server failed to do this: its log says why")
            said = _refusal(ask.id, refused)
        self._lines.asked(ask, began, about, refused)
        with suppress(OSError):  # it has left
            await self._say(said)
        if followed is not None:
            self._make_ready(followed)

    async def _do(self, ask: Ask, answer: dict[str, Any], about: dict[str, str]) -> Followed | None:
        """Do what is asked, and add to the answer, and what it is about; returns what is followed from now on. Raises
        RunnelError."""
        match ask:
            case Unsubscribe():
                about |= self._drop(("run", ask.run))
            case UnfollowChat():
                about |= self._drop(("chat", ask.chat))
            case FollowChat():
                chat = await self._app.get_chat(ask.chat)
                about["chat"] = chat.id
                return await self._follow(FollowedChat(chat, ask.after, self._make_ready), answer)
            case _:
                run = await self._app.run(ask.run)
                about["run"] = run.id
                return await self._do_to(run, ask, answer)
        return None

    async def _do_to(
        self, run: Run, ask: Subscribe | Cancel | Steer | Approve | Reply, answer: dict[str, Any]
    ) -> Followed | None:
        match ask:
            case Subscribe():
                return await self._follow(FollowedRun(run, ask.after, ask.sources, self._make_ready), answer)
            case Cancel():
                answer["message"] = (await run.cancel()).value
            case Steer():
                await run.steer(ask.text)
            case Approve():
                await run.approve(ask.call, ask.approve, arguments=ask.arguments, note=ask.note)
            case Reply():
                await run.reply(ask.input, ask.text)
        return None

    async def _follow(self, followed: Followed, answer: dict[str, Any]) -> Followed | None:
        self._drop(followed.key)
        if len(self._followed) >= MOST_FOLLOWED:
            raise LimitReached(
                f"a socket may follow {MOST_FOLLOWED} runs and chats: leave one first, or open another socket",
                limit="live.followed",
                most=MOST_FOLLOWED,
            )
        if not await followed.open():
            answer["ended"] = True
            return None
        self._followed[followed.key] = followed
        return followed

    def _drop(self, key: tuple[str, str], why: str = "left") -> dict[str, str]:
        """Follow something no more; returns what that was, if it was followed."""
        followed = self._followed.pop(key, None)
        if followed is None:
            return {}
        followed.close()
        self._lines.over(followed, why)
        return dict([key])

    # What it is told

    def _make_ready(self, followed: Followed) -> None:
        self._ready.append(followed)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def _give(self) -> None:
        try:
            while not self._server.draining.is_set():
                if self._ready:
                    await self._turn(self._ready.popleft())
                else:
                    self._waiter = asyncio.get_running_loop().create_future()
                    await self._waiter
            code = _SERVICE_RESTART
            self._lines.ended = "draining"
        except Closed:
            code = _SERVICE_RESTART
            self._lines.ended = "draining"
        except OSError:
            return
        except Exception as error:
            named = " ".join([f"{kind}={id}" for kind, id in self._followed])
            logger.error("a socket failed %s", named, exc_info=error)
            code = _INTERNAL_ERROR
            self._lines.ended = "failed"
        with suppress(OSError):
            await self._send({"type": "websocket.close", "code": code})

    async def _turn(self, followed: Followed) -> None:
        """Give what is visible of one that is followed."""
        if not self._follows(followed):
            return
        followed.queued = False
        try:
            messages = await followed.take()
        except Closed:
            raise
        except RunnelError as error:
            if self._follows(followed):
                self._drop(followed.key, "failed")
                await self._say(followed.problem(error))
            return
        for message in messages:
            if self._follows(followed):
                await self._say(message)
        if not self._follows(followed):
            return
        if followed.over:
            self._drop(followed.key, "whole" if followed.whole else "failed")
            if not followed.whole:
                await self._say(followed.problem(followed.gone()))
        elif messages:
            followed.changed()  # there may be more, after the others' turns

    def _follows(self, followed: Followed) -> bool:
        """Whether it is followed still: it may have been left while somebody waited, and be followed anew."""
        return self._followed.get(followed.key) is followed

    async def _say(self, message: bytes) -> None:
        await self._send({"type": "websocket.send", "text": message.decode()})


def _refusal(id: AskId, error: RunnelError) -> bytes:
    return msgspec.json.encode({"id": id, "problem": problem(error)})
