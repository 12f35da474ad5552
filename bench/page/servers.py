"""What the pages stand on: the vendor, `runnel serve` with its answers, and Panel's server, each in a process."""

import json
import sys
from pathlib import Path
from typing import ClassVar

from bench.serving import OURS, Server

__all__ = ["PanelServer", "RunnelServe", "Vendor"]

_HERE = Path(__file__).parent


class Vendor(Server):
    """Says what is asked for (see answer.py)."""

    name = "vendor"
    form = ""
    environment: ClassVar = {"PYTHONPATH": OURS}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.page.vendor", str(self.port)]


class RunnelServe(Server):
    """`runnel serve`, with the vendor's model."""

    name = "runnel serve"
    form = ""

    def __init__(self, folder: Path, vendor: Vendor) -> None:
        self._vendor = vendor
        super().__init__(folder)

    def command(self) -> list[str]:
        providers = json.dumps({"vendor": {"base_url": f"http://127.0.0.1:{self._vendor.port}/v1"}})
        set = [f"RUNNEL_PROVIDERS={providers}", "RUNNEL_CONFIG=/dev/null", f"HOME={self.folder}"]
        serve = ["serve", "--port", str(self.port), "--model", "vendor:any"]
        return ["env", *set, sys.executable, "-m", "runnel", "--data", str(self.folder / "data"), *serve]

    def chat(self) -> str:
        """A new chat, over the document that the answer cites."""
        found = self.http("GET", "/api/documents")["documents"] or self._documents()
        return str(self.http("POST", "/api/chats", {"documents": [one["id"] for one in found]})["id"])

    def answer(self, chat: str, question: str) -> None:
        """Ask, and wait for the answer."""
        self.http("POST", f"/api/chats/{chat}/answer", {"prompt": question})

    def _documents(self) -> list[dict[str, str]]:
        for number in range(3):
            text = f"How a reader of a stream comes back, part {number}.\n\nIt says which event it had last."
            edge = "--edge\r\n"
            head = f'Content-Disposition: form-data; name="files"; filename="streams-{number}.txt"\r\n\r\n'
            kind = {"Content-Type": "multipart/form-data; boundary=edge"}
            self.http("POST", "/api/documents", f"{edge}{head}{text}\r\n--edge--\r\n", kind)
        return list(self.http("GET", "/api/documents")["documents"])


class PanelServer(Server):
    """Panel's own server, with a ChatInterface (a ChatFeed with a field to ask in)."""

    name = "Panel"
    form = ""
    environment: ClassVar = {"PYTHONPATH": str(_HERE), "BOKEH_RESOURCES": "server"}

    def command(self) -> list[str]:
        app = _HERE.parent / "peers" / "panel_chat.py"
        return [self.python("panel"), "-m", "panel", "serve", str(app), "--port", str(self.port)]

    def said(self) -> int:
        """How many answers it has said."""
        return len(list(self.folder.glob("said-*")))
