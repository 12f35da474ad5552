import { afterEach, describe, expect, test } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";

const DIRECTION = /^(ltr|rtl)$/;

/** What may be in an answer: elements, with their attributes and what those may be. */
const ALLOWED: Record<string, Record<string, RegExp>> = {
  ...Object.fromEntries(
    "p h1 h2 h3 h4 h5 h6 li hr br em strong del code thead tbody tr table figcaption"
      .split(" ")
      .map((name) => [name, {}]),
  ),
  ol: { start: /^\d+$/, dir: DIRECTION },
  ul: { dir: DIRECTION },
  blockquote: { dir: DIRECTION },
  th: { "data-align": /^(left|center|right)$/, scope: /^col$/ },
  td: { "data-align": /^(left|center|right)$/ },
  a: { href: /^(https?:\/\/|mailto:)/, target: /^_blank$/, rel: /^noopener noreferrer nofollow$/, class: /^image$/ },
  input: { type: /^checkbox$/, disabled: /^$/, checked: /^$/ },
  div: { class: /^table$/, role: /^group$/, "aria-label": /^Table$/, tabindex: /^0$/, dir: DIRECTION },
  span: { class: /^(math|math display|source)$/, "aria-hidden": /^true$/ },
  figure: { class: /^code$/, "aria-label": /^Code(, [\w+#.-]{1,24})?$/ },
  button: { type: /^button$/, class: /^copy$/ },
  pre: { tabindex: /^0$/ },
  "rn-citation": { n: /^\d+$/ },
};

const SCHEMES = [
  ...[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
  ],
  ...[
    "javascript&#58;alert(1)",
    "javascript&colon;alert(1)",
    "&#106;avascript:alert(1)",
    "&#x6A&#x61vascript:alert(1)",
    "javascript\\:alert(1)",
  ],
  ...[
    "vbscript:msgbox(1)",
    "VBSCRIPT:x",
    "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD4=",
    "data:image/svg+xml,<svg onload=alert(1)>",
  ],
  ...[
    "file:///etc/passwd",
    "blob:https://e.org/1",
    "filesystem:x",
    "about:blank",
    "view-source:https://e.org",
    "//e.org/x",
    "/api/chats",
    "?x",
    "#x",
    "feed:javascript:alert(1)",
  ],
  ...[
    "https:javascript:alert(1)",
    "http:/\u0000/e.org",
    "x-javascript:alert(1)",
    "jar:https://e.org!/x",
    "livescript:x",
    "mocha:x",
    "javascript://e.org/%0aalert(1)",
  ],
];

const HOSTILE = [
  ...SCHEMES.flatMap((url) => [
    `[x](${url})`,
    `![x](${url})`,
    `[x](<${url}>)`,
    `<${url}>`,
    `[x]\n\n[x]: ${url}`,
    `see ${url} now`,
  ]),
  ...[
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//e.org/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>",
    '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
  ],
  ...[
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1)>",
    "<svg><use href=data:x#y>",
    "<svg><foreignObject><body onload=alert(1)>",
  ],
  ...[
    "<math><mtext><style><img src onerror=alert(1)></style></mtext></math>",
    "<math href=javascript:alert(1)>x</math>",
    "<math><maction actiontype=statusline xlink:href=javascript:x>",
  ],
  ...[
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=x>",
    "<embed src=x>",
    "<applet code=x>",
    "<frameset onload=x>",
  ],
  ...[
    "<base href=javascript:alert(1)//>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<link rel=stylesheet href=//e.org>",
    "<style>*{background:url(//e.org)}</style>",
  ],
  ...[
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<form action=javascript:x><button>x</button></form>",
    "<input autofocus onfocus=alert(1)>",
  ],
  ...[
    "<video><source onerror=alert(1)>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<template><script>x</script></template>",
    '<noscript><p title="</noscript><img src=x onerror=x>">',
  ],
  ...[
    '<!--<img src="--><img src=x onerror=alert(1)//">',
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version=1?>",
    "<!DOCTYPE html>",
    "<x onclick=alert(1)>",
    "<rn-citation n=1 onclick=x>",
  ],
  ...[
    "<br onclick=alert(1)>",
    "<br/onclick=x>",
    "<br style=x>",
    "</p><script>x</script>",
    "<scr<script>ipt>x</scr</script>ipt>",
    "&lt;script&gt;x&lt;/script&gt;",
    "&#60;script&#62;",
  ],
  ...[
    '[a](https://e.org"onclick=alert(1))',
    "[a](https://e.org 'x' onclick=alert(1))",
    '![a" onerror="alert(1)](https://e.org/x)',
    '[a](https://e.org/" style="x)',
    "![](https://e.org/track.gif)",
  ],
  ...[
    "[[a](javascript:x)](https://e.org)",
    "[![a](https://e.org/a.png)](javascript:x)",
    "[a](https://e.org)(javascript:x)",
    "[a][b]\n\n[b]: javascript:x 'y'",
    "[a](\njavascript:x)",
    "[a]( https://e.org\njavascript:x)",
  ],
  ...[
    '```"><script>alert(1)</script>\nx\n```',
    '```js" onload="alert(1)\n<img src=x>\n```',
    "```{.x onclick=y}\nx\n```",
    "~~~<svg onload=x>\nx\n~~~",
    "```__proto__\nx\n```",
    "```constructor\nx\n```",
  ],
  ...[
    "$\\href{javascript:alert(1)}{x}$",
    "$\\url{javascript:x}$",
    "$\\includegraphics{https://e.org/x}$",
    "$\\class{x}{y}$ $\\style{x}{y}$",
    "$$<img src=x onerror=x>$$",
    "\\(</span><script>x</script>\\)",
  ],
  ...[
    "| <img src=x onerror=x> | b |\n|---|---|\n| [x](javascript:x) | <b> |",
    "- [ ] <script>x</script>",
    "> <svg onload=x>",
    "# <iframe>",
    "1. [x](vbscript:x)",
    "**<img src=x onerror=x>**",
  ],
  ...[
    "user@e.org <javascript@x.org>",
    "www.e.org<script>",
    "https://e.org/<script>x</script>",
    'https://e.org/"onclick=x',
    "mailto:a@b.c?body=<script>",
    '<mailto:x@y.z"onclick=x>',
  ],
];

function check(root: Node): void {
  for (const child of root.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) continue;
    if (!(child instanceof Element)) throw new Error(`a node of type ${child.nodeType}`);
    const allowed = ALLOWED[child.localName];
    if (!allowed) throw new Error(`<${child.localName}>`);
    for (const { name, value } of child.attributes) {
      if (!allowed[name]?.test(value)) throw new Error(`<${child.localName} ${name}=${value}>`);
    }
    if (child.localName === "a" && child.hasAttribute("href")) expect(child.getAttribute("target")).toBe("_blank");
    check(child);
  }
}

afterEach(() => document.body.replaceChildren());

describe.each(HOSTILE)("%j", (text) => {
  test("makes nothing that may not be", async () => {
    for (let at = 0; at <= text.length; at++) {
      const element = new RnMarkdown();
      element.sources = 3;
      const body = element.shadowRoot?.querySelector(".body") as HTMLElement;
      element.append(text.slice(0, at));
      check(body);
      element.append(text.slice(at));
      check(body);
      if (at === 0 || at === text.length) {
        await element.finish();
        check(body);
      }
    }
    const element = new RnMarkdown();
    const body = element.shadowRoot?.querySelector(".body") as HTMLElement;
    for (const char of text) {
      element.append(char);
      check(body);
    }
  });
});

test.each(["> ".repeat(300) + "x", "- ".repeat(100) + "x"])("depth and length do not stop the page", async (text) => {
  const element = new RnMarkdown();
  element.append(text);
  const body = element.shadowRoot?.querySelector(".body") as HTMLElement;
  check(body);
  let depth = 0;
  for (let node: Element | null = body; node; node = node.lastElementChild) depth++;
  expect(depth).toBeLessThan(200);
  await element.finish();
  check(body);
});
