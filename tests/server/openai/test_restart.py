"""A server that is killed in the middle of a response, and started again: the numbers go on where they were."""

from pathlib import Path

from openai import AsyncOpenAI

from runnel.testing.upstream import Upstream
from tests.server.openai.test_responses import plain, read
from tests.server.processes import serving


async def test_what_was_read_before_a_kill_and_after_the_restart_is_one_stream(tmp_path: Path) -> None:
    async with (
        Upstream(tokens=[f"{number} " for number in range(2000)], delay=0.01) as upstream,
        serving(tmp_path, upstream) as server,
        AsyncOpenAI(base_url=f"{server.url}/v1", api_key="none", max_retries=0) as client,
    ):
        seen = []
        async with await client.responses.create(input="Count.", background=True, stream=True) as stream:
            async for event in stream:
                seen.append(event)
                if len(seen) == 20:
                    break
        await server.kill()
        await server.start()
        id = seen[0].response.id  # type: ignore[union-attr]
        last = seen[-1].sequence_number
        rest = await read(await client.responses.retrieve(id, stream=True, starting_after=last))
        whole = await read(await client.responses.retrieve(id, stream=True))
        assert plain([*seen, *rest]) == plain(whole)
        assert [event.sequence_number for event in whole] == list(range(len(whole)))
        end = whole[-1]
        assert end.type == "response.failed"  # the process died: the run is interrupted, what was said is kept
        assert end.response.error is not None
        said = "".join(event.delta for event in whole if event.type == "response.output_text.delta")
        assert end.response.output_text == said
        assert said.startswith("0 1 2 3 ")
