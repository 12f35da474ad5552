"""Servers that are measured, each in a process of its own: how each is started and asked, and what it uses."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from bench.load import Found, Plan

__all__ = ["PEERS", "Bare", "LangGraph", "PydanticAI", "Ragna", "Runnel", "Server", "alone", "load"]

HERE = Path(__file__).parent
OURS = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])  # where `bench` is found


class Server:
    """A server of one kind. What it keeps lies in `folder`, in one of its own; `peers` is where bench/peers/setup.sh
    made the peers' environments."""

    name: ClassVar[str]
    form: ClassVar[str]
    environment: ClassVar[dict[str, str]] = {}

    def __init__(self, folder: Path, peers: Path | None = None) -> None:
        self.folder = folder / type(self).__name__.lower()
        self.times = self.folder / "times"
        self.times.mkdir(parents=True)
        self.peers = peers
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            self.command(),
            cwd=self.folder,
            env=os.environ | {"BENCH_TIMES": str(self.times)} | self.environment,
            stdout=self.log,
            stderr=self.log,
        )
        self._wait()

    def command(self) -> list[str]:
        """How it is started, in its folder."""
        raise NotImplementedError

    def question(self, prompt: str) -> str:
        """The whole HTTP request that is answered with a stream; what it needs is made before, and not measured."""
        raise NotImplementedError

    def python(self, name: str) -> str:
        """The Python of a peer's environment."""
        assert self.peers is not None
        return str(self.peers.absolute() / name / "bin" / "python")

    def http(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Ask, and get the JSON of what it answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            data = body if isinstance(body, str | None) else json.dumps(body)
            connection.request(method, path, data, {"Content-Type": "application/json"} | (headers or {}))
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        if response.status >= 300:
            raise RuntimeError(f"{self.name}: {method} {path}: {response.status} {answer[:500]!r}")
        return json.loads(answer) if answer else None

    def request(self, method: str, path: str, body: Any = None, headers: Sequence[str] = ()) -> str:
        """A request as it goes over the wire, for `load`."""
        data = "" if body is None else json.dumps(body)
        lines = [
            f"{method} {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Connection: close",
            "Accept: text/event-stream",
            "Content-Type: application/json",
            f"Content-Length: {len(data)}",
            *headers,
        ]
        return "\r\n".join([*lines, "", data])

    def cpu(self) -> float:
        """Seconds that all its threads have used of the CPUs. A process's CPU clock has its id in it (see
        clock_getcpuclockid(3)); unlike /proc's it counts nanoseconds."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def memory(self) -> int:
        """Bytes of its own that it has in memory."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not tell how much memory a process has")

    def pause(self) -> None:
        """It gets no CPU while another is measured."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """It goes on."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it."""
        self.resume()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def _wait(self) -> None:
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        said = (self.folder / "log").read_text()
        self.stop()
        raise RuntimeError(f"{self.name} does not come up:\n{said[-4000:]}")


class Bare(Server):
    """Starlette, and nothing kept."""

    name = "bare Starlette"
    form = "runnel"
    environment: ClassVar = {"PYTHONPATH": OURS}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.bare_server", str(self.port)]

    def question(self, prompt: str) -> str:
        return self.request("POST", "/answer", {"prompt": prompt})


class Runnel(Server):
    """Runnel's server, on a SQLite file."""

    name = "Runnel"
    form = "runnel"
    environment: ClassVar = {"PYTHONPATH": OURS}

    def command(self) -> list[str]:
        return [sys.executable, "-m", "bench.relay_server", str(self.port), str(self.folder)]

    def question(self, prompt: str) -> str:
        chat = self.http("POST", "/api/chats", {})["id"]
        return self.request("POST", f"/api/chats/{chat}/answer", {"prompt": prompt, "stream": True})


class PydanticAI(Server):
    """pydantic-ai's AG-UI adapter; it keeps nothing."""

    name = "pydantic-ai AG-UI"
    form = "agui"

    def command(self) -> list[str]:
        return [self.python("pydantic_ai"), str(HERE / "peers" / "pydantic_ai_server.py"), str(self.port)]

    def question(self, prompt: str) -> str:
        key = prompt.split()[2]
        message = {"id": key, "role": "user", "content": prompt}
        asked = {"threadId": key, "runId": key, "state": {}, "messages": [message], "tools": [], "context": []}
        return self.request("POST", "/", asked | {"forwardedProps": {}})


class LangGraph(Server):
    """langgraph's dev server; it keeps runs in memory. By default it works on ten runs at a time, here on as many as
    are asked for."""

    name = "langgraph dev"
    form = "langgraph"
    environment: ClassVar = {
        "PYTHONPATH": str(HERE / "peers"),
        "LANGSMITH_TRACING": "false",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "LANGGRAPH_NO_VERSION_CHECK": "true",
    }

    def command(self) -> list[str]:
        graph = {"dependencies": ["."], "graphs": {"bench": f"{HERE / 'peers' / 'langgraph_graph.py'}:graph"}}
        (self.folder / "langgraph.json").write_text(json.dumps(graph))
        options = ["--no-browser", "--no-reload", "--n-jobs-per-worker", "200", "--port", str(self.port)]
        return [self.python("langgraph"), "-m", "langgraph_cli", "dev", *options]

    def question(self, prompt: str) -> str:
        given = {"messages": [{"role": "user", "content": prompt}]}
        asked = {"assistant_id": "bench", "input": given, "stream_mode": ["messages-tuple"]}
        return self.request("POST", "/runs/stream", asked)


class Ragna(Server):
    """ragna's API; it keeps an answer once it was read to its end."""

    name = "ragna"
    form = "ragna"

    def command(self) -> list[str]:
        program = str(HERE / "peers" / "ragna_server.py")
        return [self.python("ragna"), program, str(self.port), str(self.folder)]

    def question(self, prompt: str) -> str:
        user = urlencode({"username": "bench", "password": "bench"})
        token = self.http("POST", "/token", user, {"Content-Type": "application/x-www-form-urlencoded"})
        allowed = f"Bearer {token}"
        about = {"name": "bench", "source_storage": "Ragna/DemoSourceStorage", "assistant": "Said"}
        chat = self.http("POST", "/chats", about | {"params": {}, "documents": []}, {"Authorization": allowed})["id"]
        self.http("POST", f"/chats/{chat}/prepare", None, {"Authorization": allowed})
        return self.request(
            "POST", f"/chats/{chat}/answer", {"prompt": prompt, "stream": True}, [f"Authorization: {allowed}"]
        )


PEERS: tuple[type[Server], ...] = (PydanticAI, LangGraph, Ragna)


@contextmanager
def alone(server: Server, all: Sequence[Server]) -> Iterator[None]:
    """While this one is measured the others stand still."""
    others = [other for other in all if other is not server]
    with ExitStack() as after:
        for other in others:
            other.pause()
            after.callback(other.resume)
        yield


def load(plan: Plan) -> Found:
    """Read streams as `plan` says, in a process of its own."""
    program = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(
        program, input=json.dumps(vars(plan)), stdout=subprocess.PIPE, text=True, check=True, cwd=HERE.parent
    )
    return Found(**json.loads(done.stdout))
