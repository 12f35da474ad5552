"""What a model says is hostile: none of it runs, and none of it asks another server."""

import json

from playwright.async_api import expect

from runnel.testing.upstream import Answer
from tests.house import ROOT

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


# Each text whole and a character at a time. What it made: elements, their attributes, and the schemes of its links.
SHOWN = """async (texts) => {
    const made = { ran: [], violated: [], names: new Set(), attributes: new Set(), schemes: new Set() };
    let current;
    for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = () => made.ran.push(current);
    addEventListener("securitypolicyviolation", (event) => made.violated.push(event.violatedDirective));
    for (const [at, text] of texts.entries()) {
        current = text;
        const [whole, pieces] = ["rn-markdown", "rn-markdown"].map((name) => document.createElement(name));
        whole.sources = pieces.sources = 3;
        document.body.append(whole, pieces);
        whole.text = text;
        for (const char of text) pieces.append(char);
        await Promise.all([whole.finish(), pieces.finish()]);
        const nodes = [whole, pieces].flatMap((one) => [...one.shadowRoot.querySelectorAll("*")]);
        for (const node of nodes) {
            if (node.namespaceURI.endsWith("MathML")) continue;
            made.names.add(node.localName);
            for (const { name } of node.attributes) made.attributes.add(name);
            if (node.localName === "a") made.schemes.add(node.protocol);
        }
        if (at % 50 === 0) await new Promise((resolve) => requestAnimationFrame(resolve));
    }
    window.made = () => JSON.parse(JSON.stringify(made, (_, value) => value instanceof Set ? [...value] : value));
}"""
# What in formulas could lead or ask somewhere.
FORMULAS = """() => [...document.querySelectorAll("rn-markdown")].flatMap((one) =>
    [...one.shadowRoot.querySelectorAll("math *")].flatMap((node) =>
        [...node.attributes].filter(({ name, value }) => /^on|href|src/.test(name) || /url|script/.test(value))))
        .map(({ name, value }) => [name, value])"""
NAMES = (
    "a blockquote br button code del div em figcaption figure h1 h2 h3 h4 h5 h6 hr input li ol p pre rn-citation span "
    "strong table tbody td th thead tr ul"
)
ATTRIBUTES = (
    "aria-hidden aria-label checked class data-align dir disabled href n rel role scope start tabindex target type"
)
LAST = "$x^2$\n\n```js\nlet a\n```\n"


async def test_no_known_payload_makes_more_than_text(visitor: Visitor) -> None:
    hostile = json.loads((ROOT / "frontend" / "ui" / "tests" / "markdown" / "hostile.json").read_text())
    forms = ["[x]({})", "![x]({})", "[x](<{}>)", "<{}>", "[x]\n\n[x]: {}", "see {} now"]
    texts = hostile["texts"] + [form.format(address) for address in hostile["addresses"] for form in forms]
    page = await visitor.tab()
    await page.evaluate(SHOWN, [*texts, LAST])
    await expect(page.locator("rn-markdown").last.locator("math")).to_be_visible()  # all before it are typeset
    await expect(page.locator("rn-markdown").last.locator(".hljs-keyword")).to_have_text("let")
    assert await page.evaluate(FORMULAS) == []
    made = await page.evaluate("made()")
    assert made["ran"] == made["violated"] == []
    assert set(made["names"]) <= set(NAMES.split())
    assert set(made["attributes"]) <= set(ATTRIBUTES.split())
    assert set(made["schemes"]) <= {"http:", "https:", "mailto:"}
