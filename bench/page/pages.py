"""The pages that show an answer, each asked in its own way."""

import time
from pathlib import Path
from typing import Protocol

from bench.page.answer import question, tokens
from bench.page.chromium import Tab
from bench.page.servers import PanelServer, RunnelServe

__all__ = ["MARKED", "Naive", "Ours", "Panel", "Shown"]

_HERE = Path(__file__).parent
MARKED = _HERE.parent.parent / "frontend" / "node_modules" / "marked"
_LIMIT = 900.0  # seconds after which an answer does not come any more


class Shown(Protocol):
    """A page that shows answers: opened, `ready` to ask for one, asked, `over` when it has been said."""

    name: str

    def ready(self, tab: Tab, count: int, delay: float, at_once: int = 0) -> None: ...
    def ask(self, tab: Tab) -> None: ...
    def over(self) -> bool: ...
    def check(self, tab: Tab) -> None: ...


def wait(shown: Shown) -> None:
    """Wait until the answer has been said."""
    until = time.monotonic() + _LIMIT
    while not shown.over():
        if time.monotonic() > until:
            raise TimeoutError(f"{shown.name}: the answer does not come")
        time.sleep(0.05)


class Ours:
    """Runnel's page."""

    name = "Runnel"
    ALONE = """tokens => {
        const element = document.createElement("rn-markdown");
        document.body.append(element);
        for (const token of tokens) element.append(token);
    }"""

    def __init__(self, server: RunnelServe) -> None:
        self.server = server
        self.chat = ""
        self.text = ""

    def ready(self, tab: Tab, count: int, delay: float, at_once: int = 0) -> None:
        """Open a new chat, and write the question."""
        self.text = "".join(tokens(count))
        self.chat = self.server.chat()
        self.open(tab)
        tab.page.get_by_role("textbox", name="Ask").fill(question(count, delay, at_once))

    def open(self, tab: Tab) -> None:
        """Open the chat."""
        tab.page.goto(f"http://127.0.0.1:{self.server.port}/chats/{self.chat}")

    def ask(self, tab: Tab) -> None:
        """Send the question."""
        tab.page.keyboard.press("Enter")

    def over(self) -> bool:
        """Whether the answer has been said."""
        runs = self.server.http("GET", f"/api/runs?chat={self.chat}")["runs"]
        return bool(runs) and runs[0]["status"] == "completed"

    def said(self) -> int:
        """How many events the run has by now: each token is one."""
        runs = self.server.http("GET", f"/api/runs?chat={self.chat}")["runs"]
        return int(self.server.http("GET", f"/api/runs/{runs[0]['id']}")["last_seq"]) if runs else 0

    def length(self, tab: Tab) -> int:
        """The length of the text that is shown."""
        return int(tab.page.locator("rn-markdown").last.evaluate("element => element.text.length"))

    def check(self, tab: Tab) -> None:
        """All of it is shown."""
        tab.page.locator("article.answer[aria-busy=false]").last.wait_for()
        if self.length(tab) != len(self.text):
            raise RuntimeError(f"{self.length(tab)} of {len(self.text)} characters are shown")
        # It is in the tree, too; formulas and the buttons of code have other texts than were written.
        seen = tab.page.locator("rn-markdown").last.evaluate("element => element.shadowRoot.textContent.length")
        if seen < 0.8 * len(self.text) - 50:
            raise RuntimeError(f"{seen} characters of {len(self.text)} are in the tree")


class Naive:
    """A page that makes HTML of the whole Markdown at each chunk: the same stream, of the same server."""

    name = "naive"
    ALONE = """tokens => {
        let text = "";
        for (const token of tokens) document.getElementById("answer").innerHTML = marked.parse(text += token);
    }"""

    def __init__(self, server: RunnelServe) -> None:
        self._ours = Ours(server)
        self._server = server
        self._asks = ("", "")
        self.chunks = 0

    def ready(self, tab: Tab, count: int, delay: float, at_once: int = 0) -> None:
        """Open it; it stands beside the server's own page."""
        self._ours.chat = self._server.chat()
        self._asks = (self._ours.chat, question(count, delay, at_once))
        self._ours.text = "".join(tokens(count))
        tab.page.route("**/naive/page", lambda route: route.fulfill(path=_HERE / "naive.html"))
        tab.page.route("**/naive/marked.js", lambda route: route.fulfill(path=MARKED / "lib" / "marked.umd.js"))
        tab.page.goto(f"http://127.0.0.1:{self._server.port}/naive/page")

    def ask(self, tab: Tab) -> None:
        """Ask."""
        tab.page.evaluate("asks => void ask(...asks)", self._asks)

    def over(self) -> bool:
        """Whether the answer has been said."""
        return self._ours.over()

    def said(self) -> int:
        """How many events the run has by now."""
        return self._ours.said()

    def check(self, tab: Tab) -> None:
        """All of it is shown."""
        tab.page.wait_for_function("window.over")
        if tab.page.evaluate("said") != len(self._ours.text):
            raise RuntimeError("the naive page has not shown all")
        self.chunks = int(tab.page.evaluate("chunks"))


class Panel:
    """Panel's ChatInterface, which is a ChatFeed and a field."""

    name = "Panel ChatFeed"

    def __init__(self, server: PanelServer) -> None:
        self._server = server
        self._before = 0
        self._count = 0

    def ready(self, tab: Tab, count: int, delay: float, at_once: int = 0) -> None:
        """Open it, and write the question."""
        self._before = self._server.said()
        self._count = count
        tab.page.goto(f"http://127.0.0.1:{self._server.port}/panel_chat")
        field = tab.page.locator("textarea").first
        field.wait_for()
        field.fill(question(count, delay, at_once))

    def ask(self, tab: Tab) -> None:
        """Send the question."""
        tab.page.keyboard.press("Enter")

    def over(self) -> bool:
        """Whether the answer has been said."""
        return self._server.said() > self._before

    def check(self, tab: Tab) -> None:
        """Something of it is shown."""
        if self._count > 100:  # else it may not have come to what can be seen
            tab.page.get_by_role("heading", name="1.").first.wait_for()
