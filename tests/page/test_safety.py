"""What a model says is hostile: none of it runs, and none of it asks another server."""

from playwright.async_api import expect

from runnel.testing.upstream import Answer

from .browser import Visitor, answer, ask, text
from .conftest import Talk

# Each would set `window.ran`, were it run; those with an address would ask another server.
HOSTILE = """
<script>window.ran = 1</script>

<img src=x onerror="window.ran = 1"> <svg onload="window.ran = 1"><script>window.ran = 1</script></svg>

<iframe srcdoc="<script>parent.ran = 1</script>"></iframe> <details open ontoggle="window.ran = 1">x</details>

<style>@import "http://example.invalid/style.css";</style>
<math><mi xlink:href="javascript:window.ran = 1">x</mi></math>

[click](javascript:window.ran=1) [click](JaVaScRiPt:window.ran=1) [click](&#106;avascript:window.ran=1)
[click](data:text/html,<script>opener.ran=1</script>) [click](vbscript:window.ran=1) <javascript:window.ran=1>

![picture](http://example.invalid/picture.png) ![picture](x" onerror="window.ran=1)

[a]: javascript:window.ran=1

[click][a]

```html" onmouseover="window.ran=1
<script>window.ran = 1</script>
```

$\\href{javascript:window.ran=1}{x}$ $\\style{background:url(http://example.invalid/)}{x}$

| <img src=x onerror=window.ran=1> |
|---|
| <a href="javascript:window.ran=1">click</a> |

The end.
"""


async def test_nothing_that_a_model_says_runs(visitor: Visitor, talk: Talk) -> None:
    talk.answer = Answer(tokens=[HOSTILE[at : at + 7] for at in range(0, len(HOSTILE), 7)])
    page = await visitor.tab()
    await ask(page, "<img src=x onerror='window.ran = 1'>")
    await expect(answer(page)).to_have_attribute("aria-busy", "false")
    await expect(text(page)).to_contain_text("The end.")
    for link in await text(page).locator("a").all():
        address = await link.get_attribute("href") or ""
        assert address.startswith(("http://", "https://", "mailto:", "#")), address
    assert await text(page).locator("script, iframe, style, [onerror], [onload], [onmouseover]").count() == 0
    await page.reload()
    await expect(text(page)).to_contain_text("The end.")
    assert await page.evaluate("window.ran") is None
