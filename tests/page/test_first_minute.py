"""The first minute on a fresh machine: the page opens with what there is, and says how to get more."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from runnel.testing.upstream import Answer, Upstream
from tests.server.processes import Serving, serving

from .browser import Visitor, answer, ask, picture, text
from .conftest import Talk

# As on a machine where nothing is set up: no provider of the configuration's, and no server of models that answers.
NOWHERE = "http://127.0.0.1:9"
BARE = {
    "RUNNEL_PROVIDERS": f'{{"llamacpp": {{"base_url": "{NOWHERE}"}}, "vllm": {{"base_url": "{NOWHERE}"}},'
    f' "lmstudio": {{"base_url": "{NOWHERE}"}}}}',
    "OLLAMA_HOST": NOWHERE,
}


@pytest.fixture
async def bare(built: None, tmp_path: Path) -> AsyncIterator[Serving]:
    """A server where there are neither keys nor servers of models."""
    async with serving(tmp_path / "server", NOWHERE, None, **BARE) as server:
        yield server


async def a_tab(browser: Browser, server: Serving) -> tuple[Visitor, Page]:
    visitor = Visitor(await browser.new_context(), server.url)
    return visitor, await visitor.tab()


async def test_without_a_model_documents_are_quoted_and_the_page_says_how_to_get_one(
    browser: Browser, bare: Serving, tmp_path: Path
) -> None:
    visitor, page = await a_tab(browser, bare)
    welcome = page.locator("rn-welcome")
    await expect(welcome).to_contain_text("No language model is set up yet")
    await expect(welcome).to_contain_text("There is nothing to quote from yet: add some.")
    await expect(page.get_by_role("button", name="Settings")).to_contain_text("Quotes from your documents")
    await picture(page, "first-minute")
    await page.get_by_text("How to get a model that writes answers").click()
    for provider, reason in (("gpt-5-mini (OpenAI)", "set OPENAI_API_KEY"), ("Ollama", "nothing answers at")):
        said = welcome.locator(f'dt:text-is("{provider}") + dd')
        await expect(said).to_contain_text(reason)
    await picture(page, "first-minute-ways")

    document = tmp_path / "tides.md"
    document.write_text("# Tides\n\nThe tide turns twice a day, because the Earth turns under the Moon.\n")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Drop documents anywhere").click()
    await (await chooser.value).set_files(document)
    await expect(welcome).to_contain_text("quotes from your documents: “tides.md”")
    await ask(page, "How often does the tide turn?")
    await expect(text(page)).to_contain_text("twice a day")
    await expect(answer(page)).to_contain_text("Quotes from your documents")
    await picture(page, "quotes")
    assert visitor.wrong == []


async def test_asking_where_there_is_nothing_to_answer_from_says_what_to_do(browser: Browser, bare: Serving) -> None:
    visitor, page = await a_tab(browser, bare)
    await ask(page, "What is Ragna?")
    await expect(text(page)).to_contain_text("No language model is set up")
    await expect(text(page)).to_contain_text("OPENAI_API_KEY")
    assert visitor.wrong == []


async def test_a_server_of_models_that_is_started_meanwhile_is_found_and_chosen_with_a_click(
    browser: Browser, built: None, tmp_path: Path
) -> None:
    port = unused_port()
    variables = {**BARE, "OLLAMA_HOST": f"127.0.0.1:{port}"}
    async with serving(tmp_path / "server", NOWHERE, None, **variables) as server:
        visitor, page = await a_tab(browser, server)
        await page.get_by_text("How to get a model that writes answers").click()
        models = page.get_by_role("group", name="Models")
        async with Upstream(Answer(tokens=["Hello."]), models=("llama3.2", "qwen3"), port=port) as upstream:
            while not await models.is_visible():
                async with page.expect_response("**/api/models"):
                    await page.get_by_role("button", name="Look again").click()
                await asyncio.sleep(0.2)  # the server asks others no more often than every few seconds
            await expect(models.get_by_role("button")).to_have_text(["llama3.2 (Ollama)", "qwen3 (Ollama)"])
            await models.get_by_role("button", name="qwen3").click()
            await expect(page.locator("rn-welcome")).to_contain_text("qwen3 answers.")
            await picture(page, "first-minute-models")
            await ask(page, "Hello?")
            await expect(text(page)).to_have_text("Hello.")
            assert upstream.requests[-1].body["model"] == "qwen3"
        await page.get_by_role("button", name="New chat", exact=True).click()
        await expect(page.locator("rn-welcome")).to_contain_text("qwen3 answers.")  # what was chosen is kept
        assert visitor.wrong == []


async def test_a_key_that_is_set_is_used_at_once(browser: Browser, built: None, tmp_path: Path) -> None:
    async with Upstream(Answer(tokens=["Hello."]), key="sk-of-ours") as openai:
        keys = {"OPENAI_BASE_URL": openai.url, "OPENAI_API_KEY": "sk-of-ours"}
        async with serving(tmp_path / "server", NOWHERE, None, **BARE, **keys) as server:
            visitor, page = await a_tab(browser, server)
            await expect(page.locator("rn-welcome")).to_contain_text("gpt-5-mini answers.")
            await ask(page, "Hello?")
            await expect(text(page)).to_have_text("Hello.")
            assert "sk-of-ours" not in await page.content()
            assert visitor.wrong == []


def unused_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


async def test_a_question_sent_while_the_page_still_loads_is_not_in_the_field_again(
    visitor: Visitor, talk: Talk
) -> None:
    talk.answer = Answer(tokens=["Here."])
    page = await visitor.tab()
    known, begun = asyncio.Event(), asyncio.Event()

    async def wait(route: Route) -> None:
        await (known if route.request.url.endswith("me") else begun).wait()
        await route.continue_()

    await page.route("**/api/me", wait)
    await page.route("**/api/tools", wait)
    await page.reload()
    await ask(page, "What is water?")
    async with page.expect_response("**/api/me"):
        known.set()
    await page.evaluate("new Promise((resolve) => requestAnimationFrame(resolve))")
    begun.set()
    await expect(text(page)).to_have_text("Here.")
    await expect(page.get_by_role("textbox", name="Ask")).to_have_value("")
