"""What a chunk of a vendor's stream costs, in this process: Runnel's models beside the SDKs' own two ways and
bare loops, in OpenAI's dialect and in Anthropic's.

    python bench/upstream.py [--tokens 20000] [--repeat 7]

The vendor is `runnel.testing.upstream` in another process, sending as fast as it can. Each repetition runs
every way once, in turn, and the medians are compared, because machines are noisy. CPU time is this process's
own.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import httpx2
import msgspec
from anthropic import AsyncAnthropic
from openai import AsyncOpenAI

from runnel.models.anthropic import AnthropicModel
from runnel.models.openai import OpenAIModel
from runnel.vocabulary.events import TextDelta
from runnel.vocabulary.prompt import Prompt, Sampling

# A way of reading a stream: (base URL, name of the model, whether with log-probabilities) → how many chunks
# had text.
Way: TypeAlias = Callable[[str, str, bool], Awaitable[int]]


class _Delta(msgspec.Struct, gc=False):
    content: str | None = None


class _Top(msgspec.Struct, gc=False):
    token: str
    logprob: float


class _Token(msgspec.Struct, gc=False):
    token: str
    logprob: float
    top_logprobs: list[_Top]


class _Logprobs(msgspec.Struct, gc=False):
    content: list[_Token] | None = None


class _Choice(msgspec.Struct, gc=False):
    delta: _Delta
    logprobs: _Logprobs | None = None


class _Chunk(msgspec.Struct, gc=False):
    choices: list[_Choice]


class _TextDelta(msgspec.Struct, gc=False):
    text: str | None = None


def _asked(name: str, logprobs: bool) -> dict[str, Any]:
    asked: dict[str, Any] = {"model": name, "messages": [{"role": "user", "content": "Go on"}], "stream": True}
    return asked | ({"logprobs": True, "top_logprobs": 5} if logprobs else {})


async def bare(url: str, name: str, logprobs: bool) -> int:
    """httpx2 and msgspec, and nothing that could go wrong."""
    decode = msgspec.json.Decoder(_Chunk).decode
    count = 0
    async with (
        httpx2.AsyncClient(timeout=None) as client,
        client.stream("POST", f"{url}/chat/completions", json=_asked(name, logprobs)) as response,
    ):
        buffer = b""
        async for data in response.aiter_bytes():
            *blocks, buffer = (buffer + data).split(b"\n\n")
            for block in blocks:
                if block != b"data: [DONE]" and decode(block[6:]).choices[0].delta.content:
                    count += 1
    return count


async def runnel(url: str, name: str, logprobs: bool) -> int:
    """Runnel's model: typed deltas with their tokens."""
    model = OpenAIModel(name, base_url=url)
    sampling = Sampling(top_logprobs=5) if logprobs else Sampling()
    count = 0
    async for delta in model.stream(Prompt("Go on", sampling=sampling)):
        if isinstance(delta, str | TextDelta):
            count += 1
    await model.aclose()
    return count


async def sdk(url: str, name: str, logprobs: bool) -> int:
    """The SDK's `create(stream=True)`."""
    count = 0
    async with AsyncOpenAI(base_url=url, api_key="none") as client:
        async for chunk in await client.chat.completions.create(**_asked(name, logprobs)):
            if chunk.choices and chunk.choices[0].delta.content:
                count += 1
    return count


async def helper(url: str, name: str, logprobs: bool) -> int:
    """The SDK's `.stream()`."""
    count = 0
    asked = _asked(name, logprobs)
    del asked["stream"]
    async with (
        AsyncOpenAI(base_url=url, api_key="none") as client,
        client.chat.completions.stream(**asked) as stream,
    ):
        async for event in stream:
            count += event.type == "content.delta" and bool(event.delta)
    return count


class _Event(msgspec.Struct, gc=False):
    delta: _TextDelta | None = None


def _messages(name: str) -> dict[str, Any]:
    return {"model": name, "max_tokens": 1000, "messages": [{"role": "user", "content": "Go on"}]}


async def anthropic_bare(url: str, name: str, logprobs: bool) -> int:
    """httpx2 and msgspec, in Anthropic's dialect."""
    decode = msgspec.json.Decoder(_Event).decode
    count = 0
    headers = {"anthropic-version": "2023-06-01"}
    asked = {**_messages(name), "stream": True}
    async with (
        httpx2.AsyncClient(timeout=None, headers=headers) as client,
        client.stream("POST", f"{url}/messages", json=asked) as response,
    ):
        buffer = b""
        async for data in response.aiter_bytes():
            *blocks, buffer = (buffer + data).split(b"\n\n")
            for block in blocks:
                delta = decode(block[block.index(b"data: ") + 6 :]).delta
                if delta is not None and delta.text:
                    count += 1
    return count


async def anthropic_runnel(url: str, name: str, logprobs: bool) -> int:
    """Runnel's model, in Anthropic's dialect."""
    model = AnthropicModel(name, base_url=url)
    count = 0
    async for delta in model.stream(Prompt("Go on")):
        if isinstance(delta, str):
            count += 1
    await model.aclose()
    return count


async def anthropic_sdk(url: str, name: str, logprobs: bool) -> int:
    """The SDK's `create(stream=True)`."""
    count = 0
    async with AsyncAnthropic(base_url=url.removesuffix("/v1"), api_key="none") as client:
        async for event in await client.messages.create(**_messages(name), stream=True):
            count += event.type == "content_block_delta" and event.delta.type == "text_delta"
    return count


async def anthropic_helper(url: str, name: str, logprobs: bool) -> int:
    """The SDK's `.stream()`."""
    count = 0
    async with (
        AsyncAnthropic(base_url=url.removesuffix("/v1"), api_key="none") as client,
        client.messages.stream(**_messages(name)) as stream,
    ):
        async for event in stream:
            count += event.type == "text"
    return count


OPENAI: dict[str, Way] = {"bare loop": bare, "Runnel": runnel, "SDK create()": sdk, "SDK .stream()": helper}
ANTHROPIC: dict[str, Way] = {
    "bare loop": anthropic_bare,
    "Runnel": anthropic_runnel,
    "SDK create()": anthropic_sdk,
    "SDK .stream()": anthropic_helper,
}

# Slow ways get fewer tokens; the cost of OpenAI's helper even grows with their number.
_SHARES: dict[Way, int] = {sdk: 4, helper: 20, anthropic_sdk: 4, anthropic_helper: 10}


@contextlib.asynccontextmanager
async def upstream() -> AsyncIterator[str]:
    """The vendor in a process of its own; gives its URL."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "runnel.testing.upstream", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def measure(way: Way, url: str, tokens: int, logprobs: bool) -> tuple[float, float]:
    """Chunks a second, and microseconds of CPU a chunk."""
    wall, cpu = time.perf_counter(), time.process_time()
    count = await way(url, f"any?tokens={tokens}", logprobs)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert count == tokens, (way, count)
    return count / wall, cpu / count * 1e6


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tokens", type=int, default=20_000)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--only", choices=sorted(OPENAI), action="append")
    given = parser.parse_args()
    parts = [
        ("OpenAI, text alone", OPENAI, False),
        ("OpenAI, with the five likeliest each", OPENAI, True),
        ("Anthropic, text alone", ANTHROPIC, False),
    ]
    async with upstream() as url:
        for title, all_ways, logprobs in parts:
            ways = {name: way for name, way in all_ways.items() if not given.only or name in given.only}
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for way in ways.values():
                await measure(way, url, 100, logprobs)  # imports, and the vendor's own preparation
            await measure(all_ways["bare loop"], url, given.tokens, logprobs)
            for _ in range(given.repeat):
                for name, way in ways.items():
                    tokens = max(given.tokens // _SHARES.get(way, 1), 200)
                    found[name].append(await measure(way, url, tokens, logprobs))
            _print(found, title)


def _print(found: dict[str, list[tuple[float, float]]], title: str) -> None:
    rates = {name: statistics.median(rate for rate, _ in each) for name, each in found.items()}
    costs = {name: statistics.median(cost for _, cost in each) for name, each in found.items()}
    print(f"\n{title:<40}{'chunks/s':>12}{'CPU µs a chunk':>18}{'× bare':>10}{'× Runnel':>10}")
    for name in found:
        bare_cost, own_cost = costs.get("bare loop", costs[name]), costs.get("Runnel", costs[name])
        print(
            f"{name:<40}{rates[name]:>12,.0f}{costs[name]:>18.2f}{costs[name] / bare_cost:>10.2f}"
            f"{costs[name] / own_cost:>10.2f}"
        )


if __name__ == "__main__":
    asyncio.run(main())
