/** Texts as models write them, and shapes that a renderer trips over. */

export const CORPUS: Record<string, string> = {
  paragraphs: "One line.\nAnother line.\n\nA second paragraph with **strong**, *em*, ~~gone~~ and `code`.",
  headings: "# One\n\n## Two\ntext\n### Three ###\n#### Four\n\nUnder\n=====\n\ntext",
  tight: "- a\n- b\n  - c\n  - d\n    - e\n- f\n\nafter",
  loose: "1. one\n\n2. two\n\n   more of two\n\n3. three\n\nafter",
  steps:
    "1. **Install** it:\n\n   ```bash\n   pip install x\n   ```\n\n2. **Run** it:\n   ```python\n   import x\n\n   x.run()\n   ```\n   Then look.\n3. Done\n\nEnd.",
  tasks: "- [ ] open\n- [x] done\n- [X] done too\n- plain",
  starts: "3. three\n4. four\n\n7) seven\n8) eight",
  marks: "- a\n* b\n+ c",
  quotes: "> said\n> more\n>\n> > inner\n\nafter\n\n> - item\n> - item two\n\nend",
  code: "```python\ndef f(x):\n    return x\n\n\nprint(f('`'))\n```\n\ntext\n\n~~~js title=x\nlet a\n~~~\n\n    indented\n    more\n\nend",
  open: "```python\nnot closed\n",
  table: "Here:\n\n| a | b | c |\n|:--|:-:|--:|\n| 1 | **2** | `3` |\n| x \\| y | |\n\nafter",
  tableAtOnce: "Values:\n| a | b |\n|---|---|\n| 1 | 2 |\n",
  links: "See [the docs](https://example.org/a?b=c#d), <https://example.org> and https://example.org/x for more.",
  titled: 'A [link](https://example.org/ "title") and ![a picture](https://example.org/p.png).',
  brackets: "An array [0, 1] and a [note] stay. So does f[x] (this).",
  reference: "A [reference][1] and [another].\n\n[1]: https://example.org/1\n[another]: https://example.org/2",
  math: "Inline $x^2$ and \\(y\\), then\n\n$$\n\\int_0^1 x\\,dx\n= \\frac12\n- 0\n$$\n\nand \\[ E = mc^2 \\] too. Also $$a+b$$ here.\n\nAfter:\n$$x$$\ntext",
  money: "It costs $5 or $10 a month, $HOME and $PATH are set; $1,000 to me.",
  beforeLinks: "It **runs**, as [*all* rivers](https://example.com/) do, *and* [on](https://example.com/) and **on**.",
  names: "snake_case_name, __init__.py, 2 * 3 * 4, a_b, **bold**text",
  rules: "a\n\n---\n\n***\n\nb\n\n_ _ _",
  html: "Use <b>bold</b> and <br> and <script>alert(1)</script> &amp; &lt;i&gt;.\n\n<div>\n**x**\n</div>",
  cited: "Water boils [1], at 100 °C [2, 3]. Not [9], not `[1]`, but [1](https://example.org).",
  unfinished: "An *emphasis that never ends, a `code, a [link](https://exa",
  unicode: "日本語のテキスト 👩‍👩‍👧‍👦 emoji 😀 and **太字**。\n\nعربي `code` نص",
  escapes: "\\*not em\\*, \\`not code\\`, a\\_b, \\\\ and \\$5 \\[x\\]",
  nested: "**bold with *em inside* and `code`** then ***both***.",
  empty: "",
  blank: "\n\n\n",
};

/** A tree of nodes as values, with its text nodes; what is coloured or typeset reads as it was. */
export function shape(node: Node): unknown {
  if (node instanceof Text) return node.data;
  const element = node as Element;
  const attributes = [...element.attributes].map(({ name, value }) => `${name}=${value}`).sort();
  return [element.localName, ...(attributes.length ? [{ attributes }] : []), ...[...element.childNodes].map(shape)];
}
