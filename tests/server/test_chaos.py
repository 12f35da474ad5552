"""A server that is killed in the middle of its streams, and started again."""

from pathlib import Path

from tests.server.chaos import Chaos


async def test_streams_of_a_server_that_is_killed_again_and_again_lose_and_repeat_nothing(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, streams=8, kills=2)
    await chaos.run()
    assert (chaos.lost, chaos.repeated, chaos.wrong) == (0, 0, [])
    assert chaos.ends == {"interrupted": 16}
    assert chaos.returned >= 16
