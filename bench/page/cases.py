"""What is measured: answers that come, stretches of them, their ends, and chats that are opened."""

import time
from dataclasses import dataclass
from typing import ClassVar

from bench.page.answer import question, tokens
from bench.page.chromium import Tab
from bench.page.pages import Naive, Ours, Shown, wait
from bench.page.vendor import PAUSE

__all__ = ["Alone", "Answer", "Case", "Chats", "End", "Open", "Reload", "Stretch"]


class Case:
    """One thing to measure: `prepare` a tab for it, `act`, which is measured, and look whether it went well. Where it
    `settles`, it goes on until the page has nothing more to do; it `loads` the page anew. `seconds` is what somebody
    has waited for."""

    settles: ClassVar[bool] = True
    loads = False
    tokens = 0
    seconds: float | None = None

    def prepare(self, tab: Tab) -> None:
        raise NotImplementedError

    def act(self, tab: Tab) -> None:
        raise NotImplementedError

    def check(self, tab: Tab) -> None:
        """Raises RuntimeError."""


@dataclass
class Answer(Case):
    """A whole answer, from the question on."""

    shown: Shown
    tokens: int
    delay: float = 0.0

    def prepare(self, tab: Tab) -> None:
        self.shown.ready(tab, self.tokens, self.delay)

    def act(self, tab: Tab) -> None:
        self.shown.ask(tab)
        wait(self.shown)

    def check(self, tab: Tab) -> None:
        self.shown.check(tab)


@dataclass
class Stretch(Case):
    """The tokens from `first` to `last` of an answer of `count`. With `stored`, those before the first come at once,
    and the page has shown them before it is measured."""

    shown: Ours | Naive
    count: int
    delay: float
    first: int
    last: int
    stored: bool = False
    settles: ClassVar[bool] = False

    def prepare(self, tab: Tab) -> None:
        self.shown.ready(tab, self.count, self.delay, self.first if self.stored else 0)
        self.shown.ask(tab)
        self._until(self.first)
        if self.stored:
            began = time.monotonic()
            tab.settle()
            if time.monotonic() - began > PAUSE:
                raise RuntimeError("the page was not at rest before more came")

    def act(self, tab: Tab) -> None:
        before = self.shown.said()
        self._until(self.last)
        self.tokens = self.shown.said() - before

    def check(self, tab: Tab) -> None:
        wait(self.shown)
        tab.settle()
        self.shown.check(tab)

    def _until(self, token: int) -> None:
        while self.shown.said() < token:
            time.sleep(0.05)


class End(Stretch):
    """The last tokens of an answer, and all that comes of its end."""

    settles: ClassVar[bool] = True

    def act(self, tab: Tab) -> None:
        wait(self.shown)

    def check(self, tab: Tab) -> None:
        self.shown.check(tab)


@dataclass
class Alone(Case):
    """Markdown alone: each token is shown by itself, one after the other, without a server or a frame between them."""

    shown: Ours | Naive
    tokens: int
    settles: ClassVar[bool] = False

    def prepare(self, tab: Tab) -> None:
        self.shown.ready(tab, self.tokens, 0.0)
        tab.settle()

    def act(self, tab: Tab) -> None:
        tab.page.evaluate(self.shown.ALONE, tokens(self.tokens))


@dataclass
class Open(Case):
    """A chat that is there, opened from the list of chats: `questions` with answers of `tokens` tokens each."""

    shown: Ours
    tokens: int
    questions: int = 1
    loads: bool = False
    made: bool = False

    def prepare(self, tab: Tab) -> None:
        if not self.made:
            self.shown.chat = self.shown.server.chat()
            self.shown.text = "".join(tokens(self.tokens))
            for _ in range(self.questions):
                self.shown.server.answer(self.shown.chat, question(self.tokens, 0.0))
            self.made = True
        if self.loads:
            self.shown.open(tab)
            tab.settle()
        else:
            tab.page.goto(f"http://127.0.0.1:{self.shown.server.port}/")
            tab.page.locator(f"li[data-chat={self.shown.chat}] a").wait_for()

    def act(self, tab: Tab) -> None:
        began = time.monotonic()
        if self.loads:
            tab.page.reload(wait_until="commit")
        else:
            tab.page.locator(f"li[data-chat={self.shown.chat}] a").click()
        tab.page.locator("article.answer rn-markdown p").last.wait_for()
        self.seconds = time.monotonic() - began

    def check(self, tab: Tab) -> None:
        self.shown.check(tab)


class Reload(Stretch):
    """The page is loaded again in the middle of an answer that is being made."""

    settles: ClassVar[bool] = True
    loads = True

    def act(self, tab: Tab) -> None:
        began = time.monotonic()
        tab.page.reload(wait_until="commit")
        tab.page.locator("article.answer rn-markdown p").last.wait_for()
        self.seconds = time.monotonic() - began

    def check(self, tab: Tab) -> None:
        shown = self.shown
        assert isinstance(shown, Ours)
        if shown.length(tab) < len("".join(tokens(self.first))):
            raise RuntimeError("what was there is not shown")


@dataclass
class Chats(Case):
    """The page with `count` chats, whose list is scrolled to its end."""

    shown: Ours
    count: int
    made: bool = False
    loads = True

    def prepare(self, tab: Tab) -> None:
        have = len(self.shown.server.http("GET", "/api/chats?limit=1")["chats"])
        for _ in range(0 if self.made else self.count - have):
            self.shown.server.http("POST", "/api/chats", {"title": "A chat about streams"})
        self.made = True
        tab.page.goto("about:blank")

    def act(self, tab: Tab) -> None:
        tab.page.goto(f"http://127.0.0.1:{self.shown.server.port}/")
        tab.page.locator("rn-chat-list li").first.wait_for()
        tab.page.evaluate(
            """async count => {
                const nav = document.querySelector("rn-app").shadowRoot
                    .querySelector("rn-chat-list").shadowRoot.querySelector("nav");
                while (Number(nav.querySelector("li:last-child").getAttribute("aria-posinset")) < count) {
                    nav.scrollTop = nav.scrollHeight;
                    await new Promise(requestAnimationFrame);
                }
            }""",
            self.count,
        )
