"""Users by OpenAI's client: its key is a token of Runnel's, and what is refused is an error of the client's own."""

from pathlib import Path

import openai
import pytest
from openai import AsyncOpenAI

from tests.server.people import Town, a_town, settings


def client(town: Town, key: str) -> AsyncOpenAI:
    return AsyncOpenAI(base_url=f"{town.url}/v1", api_key=key, max_retries=0)


async def test_a_token_is_the_key_and_anothers_response_is_not_there(tmp_path: Path) -> None:
    async with (
        a_town(tmp_path) as town,
        client(town, town.tokens["ada"]) as ada,
        client(town, town.tokens["ben"]) as ben,
    ):
        key = {"Idempotency-Key": "one"}
        mine = await ada.responses.create(input="Hello?", extra_headers=key)
        assert (await ada.responses.retrieve(mine.id)).to_dict() == mine.to_dict()
        theirs = await ben.responses.create(input="Hello?", extra_headers=key)
        assert theirs.id != mine.id
        conversation = await ada.conversations.create()
        for call in (
            ben.responses.retrieve(mine.id),
            ben.responses.cancel(mine.id),
            ben.responses.delete(mine.id),
            ben.responses.create(input="Hello?", previous_response_id=mine.id),
            ben.responses.create(input="Hello?", conversation=conversation.id),
            ben.conversations.retrieve(conversation.id),
        ):
            with pytest.raises(openai.NotFoundError):
                await call


async def test_who_has_no_token_is_not_authenticated(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town, client(town, "none") as nobody:
        with pytest.raises(openai.AuthenticationError) as raised:
            await nobody.models.list()
        assert raised.value.type == "authentication_error"


async def test_who_asks_too_often_is_rate_limited_and_told_when_to_come_back(tmp_path: Path) -> None:
    few = settings(limits={"requests": 0.001, "burst": 2})
    async with a_town(tmp_path, few) as town, client(town, town.tokens["ada"]) as ada:
        for _ in range(2):
            await ada.models.list()
        with pytest.raises(openai.RateLimitError) as raised:
            await ada.models.list()
        assert int(raised.value.response.headers["retry-after"]) >= 1
        assert raised.value.type == "rate_limit_error"
