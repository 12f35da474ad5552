"""`runnel serve` as a process of its own on a real port, to be ended in any way and begun again; and readers that come
back to it as browsers do."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import msgspec

from runnel.testing.upstream import Upstream

__all__ = ["Reader", "Serving", "serving"]

_PATIENCE = 60


class Serving:
    """A server on the database in `folder`, whose model is a provider at `upstream`; without a `model`, the one that it
    finds. `url` is where it is, from its first start on. `errors` is the file that its standard error goes to."""

    def __init__(self, folder: Path, upstream: str, model: str | None, *words: str, **variables: str) -> None:
        self.folder = folder
        self.errors = folder / "errors.txt"
        self.url = ""
        self.welcome = ""
        self.model = f"vendor:{model}"
        self._words = words if model is None else ("--model", self.model, *words)
        self._variables = {"RUNNEL_PROVIDERS": msgspec.json.encode({"vendor": {"base_url": upstream}}).decode()}
        self._variables |= variables
        self._port = "0"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Begin it, again at the same port; return once it listens."""
        with self.errors.open("ab") as errors:
            self.process = await asyncio.create_subprocess_exec(
                *[sys.executable, "-m", "runnel", "--data", str(self.folder / "data"), "serve"],
                *["--port", self._port, *self._words],
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=self.folder,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(self.folder),
                    "RUNNEL_CONFIG": os.devnull,
                    "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
                    "PYTHONWARNINGS": "error",
                    **self._variables,
                },
            )
        assert self.process.stdout is not None
        async with asyncio.timeout(_PATIENCE):
            self.welcome = (await self.process.stdout.readline()).decode()
        assert "http://" in self.welcome, self.errors.read_text()
        self.url = self.welcome.partition("http://")[2].partition("/")[0]
        self._port = self.url.rpartition(":")[2]
        self.url = f"http://{self.url}"

    def send(self, number: int) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    async def ended(self) -> int:
        """Wait for its end; returns the exit code."""
        assert self.process is not None
        async with asyncio.timeout(_PATIENCE):
            code = await self.process.wait()
        self.process._transport.close()  # type: ignore[attr-defined]
        return code

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            self.send(signal.SIGKILL)
        await self.ended()


@asynccontextmanager
async def serving(
    folder: Path, upstream: Upstream | str, model: str | None = "any", *words: str, **variables: str
) -> AsyncIterator[Serving]:
    """A server that has been started; what is left of it is killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    server = Serving(folder, upstream if isinstance(upstream, str) else upstream.url, model, *words, **variables)
    try:
        await server.start()
        yield server
    finally:
        await server.kill()


class Reader:
    """Follows a run by SSE as a browser does: whenever the stream breaks off it comes back and says which event it had
    last. `seqs` are the numbers of the events that it got, in the order in which it got them."""

    def __init__(self, client: httpx2.AsyncClient, run: str) -> None:
        self.run = run
        self.seqs: list[int] = []
        self.text = ""
        self.ends: list[str] = []
        self.returned = 0
        self.going = asyncio.Event()
        self._client = client

    async def read(self) -> None:
        """Follow it to its end."""
        while not self.ends:
            try:
                await self._follow()
            except httpx2.TransportError:
                await asyncio.sleep(0.02)

    async def _follow(self) -> None:
        headers = {"Last-Event-ID": str(self.seqs[-1])} if self.seqs else {}
        async with self._client.stream("GET", f"/api/runs/{self.run}/events", headers=headers) as response:
            assert response.status_code == 200, (response.status_code, await response.aread())
            self.returned += bool(self.seqs)
            frame: dict[str, str] = {}
            async for line in response.aiter_lines():
                name, _, value = line.partition(":")
                if name:
                    frame[name] = value
                elif line == "" and frame:
                    self._take(frame)
                    frame = {}

    def _take(self, frame: dict[str, str]) -> None:
        if "id" not in frame:
            return
        data = msgspec.json.decode(frame["data"])
        last = int(frame["id"])
        self.seqs.extend(range(data.get("first_seq", last), last + 1))
        if frame["event"] == "text.delta":
            self.text += data["text"]
            self.going.set()
        elif frame["event"] == "run.ended":
            self.ends.append(data["status"])
            self.going.set()
