"""The list of chats, and what each chat may be set to; the last is seen in what the vendor is asked."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import httpx2
import pytest
from playwright.async_api import Browser, Locator, Page, expect

from runnel.testing.upstream import Answer, Upstream
from tests.server.processes import Serving, serving

from .browser import Visitor, answer, ask, picture, text
from .conftest import Talk
from .test_everywhere import violations

THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
ENDLESS = Answer(tokens=[f"{number} " for number in range(1, 10_000)], delay=0.02)


@pytest.fixture
async def api(server: Serving) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
        yield client


def chats(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Chats").get_by_role("link")


def the_focus(page: Page) -> Locator:
    """What has the focus, wherever it is."""
    return page.locator(":focus").last


async def titled(api: httpx2.AsyncClient, *titles: str) -> list[str]:
    """Chats, the last used last."""
    return [(await api.post("/api/chats", json={"title": title})).json()["id"] for title in titles]


async def test_ctrl_k_searches_and_enter_opens_what_was_found(visitor: Visitor, api: httpx2.AsyncClient) -> None:
    await titled(api, "Rivers of France", "Tides", "Rivers of Spain")
    page = await visitor.tab()
    await expect(chats(page)).to_have_text(["Rivers of Spain", "Tides", "Rivers of France"])
    await page.keyboard.press("Control+k")
    await page.keyboard.type("france")
    await expect(chats(page)).to_have_text(["Rivers of France"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rivers of France")
    await expect(page).to_have_title("Rivers of France · Runnel")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("nowhere")
    await expect(page.get_by_text("Found in no chat.")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(chats(page)).to_have_count(3)


async def test_a_search_shows_what_was_said_and_opens_the_chat_there(
    visitor: Visitor, api: httpx2.AsyncClient, talk: Talk
) -> None:
    lakes, tides = await titled(api, "Lakes", "Tides")
    talk.answer = Answer(tokens=["🌊 They turn **twice** a day. " + "And so on. " * 100])
    first = (await api.post(f"/api/chats/{lakes}/answer", json={"prompt": "How often do tides turn?"})).json()
    talk.answer = Answer(tokens=["Nothing else. " * 300])
    for question in ("One", "Two"):
        await api.post(f"/api/chats/{lakes}/answer", json={"prompt": question})
    page = await visitor.tab(f"/chats/{tides}")
    await page.keyboard.press("Control+k")
    await page.keyboard.type("tide")
    await expect(chats(page).locator(".called")).to_have_text(["Tides", "Lakes"])
    await expect(chats(page).locator("mark")).to_have_text(["Tide", "tide"])
    await page.keyboard.type(" twi")
    await expect(chats(page)).to_have_count(1)
    await expect(chats(page).locator(".said")).to_contain_text("🌊 They turn twice a day.")
    await expect(chats(page).locator("mark")).to_have_text(["twi"])
    for theme in THEMES:
        await page.emulate_media(color_scheme=theme)
        await picture(page, f"found-{theme}")
        assert await violations(page) == []
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(f"/chats/{lakes}#{first['id']}$"))
    await expect(page.locator("rn-markdown").get_by_text("They turn twice a day.")).to_be_in_viewport()
    await page.keyboard.press("Control+k")
    await page.keyboard.press("Escape")
    await expect(chats(page)).to_have_text(["Lakes", "Tides"])
    assert visitor.wrong == []


async def test_a_chat_is_renamed_in_place_and_another_tab_shows_it(visitor: Visitor, api: httpx2.AsyncClient) -> None:
    await titled(api, "Tides", "Rivers")
    page, other = await visitor.tab(), await visitor.tab()
    await expect(chats(other)).to_have_text(["Rivers", "Tides"])
    await page.bring_to_front()
    await chats(page).first.focus()
    await page.keyboard.press("F2")
    await page.keyboard.type("Rivers of France")
    await page.keyboard.press("Enter")
    await expect(chats(page)).to_have_text(["Rivers of France", "Tides"])
    await expect(the_focus(page)).to_have_text("Rivers of France")
    await page.keyboard.press("F2")
    await page.keyboard.type("Nonsense")
    await page.keyboard.press("Escape")
    await expect(the_focus(page)).to_have_text("Rivers of France")
    await other.bring_to_front()
    await expect(chats(other)).to_have_text(["Rivers of France", "Tides"])


async def test_a_deleted_chat_can_be_had_back_for_a_moment(visitor: Visitor, api: httpx2.AsyncClient) -> None:
    tides, rivers = await titled(api, "Tides", "Rivers")
    page = await visitor.tab(f"/chats/{rivers}")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Rivers")
    await chats(page).first.focus()
    await page.keyboard.press("Delete")
    await expect(chats(page)).to_have_text(["Tides"])
    await expect(the_focus(page)).to_have_text("Tides")
    await expect(page).to_have_title("Runnel")
    await picture(page, "deleted")
    await page.go_back()
    await expect(page.get_by_role("heading", name="This chat was deleted")).to_be_visible()
    await page.get_by_role("status").get_by_role("button", name="Undo").click()
    await expect(chats(page)).to_have_text(["Rivers", "Tides"])
    await expect(the_focus(page)).to_have_role("textbox")
    assert (await api.get(f"/api/chats/{rivers}")).status_code == 200

    await page.get_by_role("link", name="Tides").hover()
    await page.get_by_role("button", name="Delete Tides").click()
    await expect(chats(page)).to_have_text(["Rivers"])
    await expect(the_focus(page)).to_have_text("Rivers")
    await page.reload()
    await expect(chats(page)).to_have_text(["Rivers"])
    assert (await api.get(f"/api/chats/{tides}")).status_code == 404, "who leaves the page means it"


async def test_many_chats_are_few_rows_and_all_can_be_reached(visitor: Visitor, api: httpx2.AsyncClient) -> None:
    await titled(api, *[f"Chat {number}" for number in range(230)])
    page = await visitor.tab()
    await expect(chats(page).first).to_have_text("Chat 229")
    last = page.get_by_role("link", name="Chat 0", exact=True)
    nav = page.get_by_role("navigation", name="Chats")
    while not await last.is_visible():
        await nav.evaluate("list => list.scrollTo(0, list.scrollHeight)")
        assert await chats(page).count() < 60
    await last.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Chat 0")


async def test_a_chat_that_is_being_answered_is_marked_until_it_has_been(
    visitor: Visitor, api: httpx2.AsyncClient, talk: Talk
) -> None:
    talk.answer = ENDLESS
    (chat,) = await titled(api, "Count")
    page = await visitor.tab()
    await expect(chats(page)).to_have_count(1)
    started = (await api.post(f"/api/chats/{chat}/runs", json={"prompt": "Count"})).json()
    mark = page.get_by_role("img", name="is being answered")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(mark).to_be_visible()
    await picture(page, "going")
    await api.post(f"/api/runs/{started['id']}/cancel")
    await expect(mark).to_be_hidden()


async def test_a_server_that_is_gone_is_said_and_found_again_by_itself(
    visitor: Visitor, api: httpx2.AsyncClient, server: Serving
) -> None:
    page = await visitor.tab()
    await expect(page.get_by_text("No chats yet.")).to_be_visible()
    visitor.offline = True
    await server.kill()
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    lost = page.get_by_role("status").filter(has_text="Reconnecting")
    await expect(lost).to_be_visible()
    await server.start()
    await titled(api, "Tides")
    await expect(chats(page)).to_have_text(["Tides"])
    await expect(lost).to_be_hidden()


async def test_what_a_chat_is_set_to_is_what_the_vendor_is_asked(browser: Browser, built: None, tmp_path: Path) -> None:
    async with (
        Upstream(Answer(tokens=["Yes."])) as upstream,
        serving(tmp_path / "server", upstream, RUNNEL_SERVER__MODELS='["vendor:any", "vendor:other"]') as server,
    ):
        visitor = Visitor(await browser.new_context(), server.url)
        page = await visitor.tab()
        for question in ("One?", "Two?", "Three?"):
            await asked(page, question)
        body = upstream.requests[-1].body
        assert body["model"] == "any"
        assert [one["content"] for one in body["messages"]] == ["One?", "Yes.", "Two?", "Yes.", "Three?"]

        await page.get_by_role("button", name="Settings").click()
        settings = page.get_by_role("complementary", name="Settings of this chat")
        await expect(settings.get_by_label("Model", exact=True)).to_have_value("vendor:any")
        await settings.get_by_label("Model", exact=True).select_option("vendor:other")
        await settings.get_by_label("Instructions to the model").fill("Answer in French.")
        await settings.get_by_label("History").select_option("last")
        await settings.get_by_label("Turns").fill("1")
        await settings.get_by_label("Temperature").fill("0.5")
        await settings.get_by_label("At most so many tokens").fill("77")
        await settings.get_by_label("At most so many tokens").press("Tab")
        await picture(page, "settings")
        await asked(page, "Four?")
        body = upstream.requests[-1].body
        assert (body["model"], body["temperature"], body["max_tokens"]) == ("other", 0.5, 77)
        assert [one["content"] for one in body["messages"]] == ["Answer in French.", "Three?", "Yes.", "Four?"]
        await expect(answer(page)).to_contain_text("other")

        await settings.get_by_label("History").select_option("none")
        await settings.get_by_label("Instructions to the model").fill("")
        await settings.get_by_label("Temperature").fill("")
        await settings.get_by_label("Temperature").press("Tab")
        await asked(page, "Five?")
        body = upstream.requests[-1].body
        assert "temperature" not in body
        assert [one["content"] for one in body["messages"]] == ["Five?"]

        await page.reload()
        await page.get_by_role("button", name="Settings").click()
        await expect(settings.get_by_label("History")).to_have_value("none")
        await expect(settings.get_by_label("At most so many tokens")).to_have_value("77")
        assert visitor.wrong == []


async def test_a_setting_that_is_refused_says_so_beside_it_and_goes_back(
    visitor: Visitor, api: httpx2.AsyncClient
) -> None:
    (chat,) = await titled(api, "Tides")
    page = await visitor.tab(f"/chats/{chat}")
    refusal = '{"type": "about:blank", "title": "Bad", "status": 400, "code": "ModelUnknown", "detail": "it is gone"}'
    await page.get_by_role("button", name="Settings").click()
    settings = page.get_by_role("complementary", name="Settings of this chat")
    await page.route("**/api/chats/*", lambda route: route.fulfill(status=400, body=refusal))
    visitor.expected = (400,)
    await settings.get_by_label("History").select_option("none")
    await expect(settings.get_by_role("alert")).to_have_text("This was not changed: it is gone.")
    await expect(settings.get_by_label("History")).to_have_value("all")
    await picture(page, "refused")
    await page.unroute("**/api/chats/*")
    await settings.get_by_label("History").select_option("none")
    await expect(settings.get_by_role("alert")).to_be_hidden()
    await settings.get_by_label("Temperature").fill("9")
    await settings.get_by_label("Temperature").press("Tab")
    assert await settings.get_by_label("Temperature").evaluate("field => !field.validity.valid")
    assert (await api.get(f"/api/chats/{chat}")).json()["settings"]["history"] is False


async def test_links_lead_to_chats_messages_and_runs_and_back(
    visitor: Visitor, api: httpx2.AsyncClient, talk: Talk
) -> None:
    talk.answer = Answer(tokens=["Twice a day."])
    tides, rivers = await titled(api, "Tides", "Rivers")
    message = (await api.post(f"/api/chats/{tides}/answer", json={"prompt": "How often?"})).json()
    page = await visitor.tab(f"/runs/{message['run']}")
    await expect(page).to_have_url(re.compile(f"/chats/{tides}#{message['id']}$"))
    await expect(text(page)).to_have_text("Twice a day.")
    await page.goto(f"{visitor.url}/messages/{message['id']}")
    await expect(page).to_have_url(re.compile(f"/chats/{tides}#{message['id']}$"))
    await expect(page).to_have_title("Tides · Runnel")

    await chats(page).filter(has_text="Rivers").click()
    await expect(page).to_have_title("Rivers · Runnel")
    await page.go_back()
    await expect(page).to_have_title("Tides · Runnel")
    await expect(text(page)).to_have_text("Twice a day.")
    await page.go_forward()
    await expect(page).to_have_url(f"{visitor.url}/chats/{rivers}")
    visitor.expected = (404,)
    await page.goto(f"{visitor.url}/chats/{rivers}#{message['id']}")
    await expect(page.get_by_text(f"there is no message {message['id']} in chat {rivers}")).to_be_visible()
    async with page.context.expect_page() as opened:
        await chats(page).filter(has_text="Tides").click(button="middle")
    await expect(await opened.value).to_have_title("Tides · Runnel")
    await expect(page).to_have_title("Rivers · Runnel")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("/chats/chat_nowhere", "This chat is not here"),
        ("/runs/run_nowhere", "there is no run run_nowhere"),
        ("/messages/msg_nowhere", "there is no message msg_nowhere"),
    ],
)
async def test_a_link_that_leads_nowhere_says_so(visitor: Visitor, place: str, said: str) -> None:
    visitor.expected = (404,)
    page = await visitor.tab(place)
    await expect(page.get_by_text(said)).to_be_visible()
    await picture(page, f"nowhere-{place.split('/')[1]}")


async def asked(page: Page, question: str) -> None:
    answers = page.get_by_role("article", name="Answer")
    before = await answers.count()
    await ask(page, question)
    await expect(answers).to_have_count(before + 1)
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_have_text("Yes.")
