import { describe, expect, test } from "vitest";

import { contentOf, type Turn } from "../../src/index.ts";
import { all, asked, heard, one, said, settled, shown, textOf, turnsOf } from "./recorded.ts";

const RUNS = [
  "cancelled_mid_text",
  "failed_before_a_word",
  "plain_answer",
  "retraction_and_unicode",
  "retry_after_text",
  "sources_and_rewritten_query",
  "tools_with_reasoning",
];

const words = (text: string) => text.replace(/[\s*_`]+|\d+\. /g, "");

describe("an answer", () => {
  test.each(RUNS)("that was followed reads as one that is opened afterwards: %s", async (name) => {
    const turns = turnsOf(name);
    const element = await shown("rn-message", { turn: turns[0] as Turn });
    for (const turn of turns) {
      element.turn = turn;
      await settled(element);
    }
    const followed = textOf(element);
    const last = turns.at(-1) as Turn;
    expect(followed).toBe(textOf(await shown("rn-message", { turn: last })));
    for (const part of last.message.parts ?? [])
      if (part.kind === "text") expect(words(followed)).toContain(words(part.text));
  });

  test("gets only what is new: elements that were there stay", async () => {
    const turns = turnsOf("tools_with_reasoning");
    const element = await shown("rn-message", { turn: turns[6] as Turn });
    const text = one(element, "rn-markdown");
    const copy = one(element, "button.copy");
    for (const turn of turns.slice(7)) {
      element.turn = turn;
      await settled(element);
      expect(all(element, "rn-markdown")[0]).toBe(text);
      expect(all(element, "button.copy")[0]).toBe(copy);
    }
  });

  test("has its buttons from the first moment on, in one order", async () => {
    for (const turn of turnsOf("sources_and_rewritten_query")) {
      const element = await shown("rn-message", { turn });
      const buttons = all(element, "header button").map((button) => button.title);
      expect(buttons).toEqual(["Sources", "Copy", "New chat from here", "Answer again"]);
    }
  });

  test("shows what the user said meanwhile in its place, as the user's", async () => {
    const turn = turnsOf("tools_with_reasoning").at(-1) as Turn;
    const element = await shown("rn-message", { turn });
    expect(textOf(one(element, ".steered"))).toBe("You said meanwhile: in one line please");
    expect(textOf(element).indexOf("in one line please")).toBeLessThan(textOf(element).indexOf("Kassel: rain"));
  });

  test("has its calls and thoughts folded, with arguments and results", async () => {
    const turn = turnsOf("tools_with_reasoning").at(-1) as Turn;
    const element = await shown("rn-message", { turn });
    expect(all(element, "rn-tool")).toHaveLength(3);
    expect(all(element, "details").every((fold) => !(fold as HTMLDetailsElement).open)).toBe(true);
    expect(textOf(all(element, "rn-tool")[1] as Element)).toContain("no such station: Ulm");
  });

  test.each([
    ["cancelled", "Cancelled. What was said until then is kept."],
    ["interrupted", "Interrupted. The server ended while it answered."],
    ["incomplete", "Incomplete. The model has said as much as it may at once."],
  ] as const)("that was %s says so, keeps the partial and offers what can be done", async (status, sentence) => {
    const turn = { ...said("The Rhine", { status, finish_reason: "length" }), continues: true };
    const element = await shown("rn-message", { turn });
    expect(textOf(element)).toContain("The Rhine");
    expect(textOf(element)).toContain(sentence);
    const offers = all(element, "rn-ending").flatMap((ending) => all(ending, "button"));
    expect(offers.map((button) => button.textContent.trim())).toEqual(["Continue", "Rephrase", "Try again"]);
    const events = heard("rn-continue");
    offers[0]?.click();
    expect(events).toEqual([{ message: "msg_1" }]);
  });

  test("that failed shows the error's sentence, and no way to continue where there is none", async () => {
    const turn = turnsOf("failed_before_a_word").at(-1) as Turn;
    const element = await shown("rn-message", { turn });
    expect(textOf(element)).toContain(turn.message.error?.message);
    expect(all(element, "button.continue")).toHaveLength(0);
  });

  test("is marked busy while it is made, for screen readers", async () => {
    const turns = turnsOf("plain_answer");
    const element = await shown("rn-message", { turn: turns[5] as Turn });
    expect(one(element, "article").getAttribute("aria-busy")).toBe("true");
    element.turn = turns.at(-1) as Turn;
    await settled(element);
    expect(one(element, "article").getAttribute("aria-busy")).toBe("false");
  });

  test("reads from the right where its first letter does", async () => {
    const element = await shown("rn-message", { turn: said("**نعم**, yes") });
    expect(one(element, "rn-markdown").dir).toBe("rtl");
  });
});

describe("a call that waits for consent", () => {
  const waiting = () => turnsOf("tools_with_reasoning").find((turn) => turn.message.status === "waiting") as Turn;

  test("can be allowed as it is", async () => {
    const element = await shown("rn-message", { turn: waiting() });
    const events = heard("rn-approve");
    one(element, ".allow").click();
    expect(events).toEqual([{ run: "run_03", call: "call_2", approve: true }]);
  });

  test("can be denied with a note for the model", async () => {
    const element = await shown("rn-message", { turn: waiting() });
    const events = heard("rn-approve");
    one(element, ".why").click();
    await settled(element);
    const field = one(element, "input") as HTMLInputElement;
    field.value = "not there";
    field.dispatchEvent(new Event("input"));
    one(element, ".deny").click();
    expect(events).toEqual([{ run: "run_03", call: "call_2", approve: false, note: "not there" }]);
  });

  test("takes other arguments, once they are a JSON object", async () => {
    const element = await shown("rn-message", { turn: waiting() });
    const events = heard("rn-approve");
    one(element, ".change").click();
    await settled(element);
    const field = one(element, "textarea") as HTMLTextAreaElement;
    field.value = '{"town": ';
    field.dispatchEvent(new Event("input"));
    await settled(element);
    expect(one(element, ".wrong").textContent).toContain("not JSON yet");
    expect((one(element, ".allow") as HTMLButtonElement).disabled).toBe(true);
    field.value = '{"town": "Neu-Ulm"}';
    field.dispatchEvent(new Event("input"));
    await settled(element);
    one(element, ".allow").click();
    expect(events).toEqual([{ run: "run_03", call: "call_2", approve: true, arguments: { town: "Neu-Ulm" } }]);
  });

  test("asks no more once somebody has answered", async () => {
    const turns = turnsOf("tools_with_reasoning");
    const given = turns[turns.findIndex((turn) => turn.message.status === "waiting") + 1] as Turn;
    expect(all(await shown("rn-message", { turn: given }), "rn-consent")).toHaveLength(0);
  });
});

test("what a tool asks is answered in its place", async () => {
  const turn: Turn = {
    ...said("Let me see.", { status: "waiting", run: "run_1" }),
    activity: { lines: [], requests: [{ kind: "input", id: "in_1", question: "Which Ada?" }] },
  };
  const element = await shown("rn-message", { turn });
  const events = heard("rn-reply");
  (one(element, "input") as HTMLInputElement).value = "Lovelace";
  one(element, "form").dispatchEvent(new Event("submit", { cancelable: true }));
  expect(events).toEqual([{ run: "run_1", input: "in_1", text: "Lovelace" }]);
});

describe("sources", () => {
  const turn = () => turnsOf("sources_and_rewritten_query").at(-1) as Turn;

  test("are a list that the button opens, and each opens its document", async () => {
    const element = await shown("rn-message", { turn: turn() });
    one(element, "button.sources").click();
    await settled(element);
    expect(one(element, "button.sources").getAttribute("aria-expanded")).toBe("true");
    const events = heard("rn-open-source");
    const buttons = all(one(element, "rn-sources"), "button");
    expect(buttons).toHaveLength(turn().message.sources?.length ?? 0);
    buttons[1]?.click();
    expect(events).toMatchObject([{ source: turn().message.sources?.[1], number: 2 }]);
  });

  test("are told of in the fold of the search, with the question as it was put", async () => {
    const element = await shown("rn-message", { turn: turn() });
    expect(textOf(element)).toContain("Found 2 passages in 2 documents");
    expect(textOf(element)).toContain("What is Ragna, in five words or fewer?");
  });

  test("are cited in the text by number, and a click opens the document", async () => {
    const { sources = [] } = turn().message;
    const element = await shown("rn-message", { turn: said("It is open source [2].", { sources }) });
    await settled(element);
    const events = heard("rn-open-source");
    one(one(element, "rn-citation"), "button").click();
    expect(events).toMatchObject([{ source: sources[1], number: 2, context: { said: "It is open source ." } }]);
  });
});

describe("a question", () => {
  test("is edited in its place, and Esc leaves it as it was", async () => {
    const element = await shown("rn-message", { turn: asked("Name rivers.") });
    const events = heard("rn-edit");
    one(element, "button.edit").click();
    await settled(element);
    const field = one(element, "textarea") as HTMLTextAreaElement;
    expect(field.value).toBe("Name rivers.");
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    await settled(element);
    expect(all(element, "textarea")).toHaveLength(0);
    one(element, "button.edit").click();
    await settled(element);
    const again = one(element, "textarea") as HTMLTextAreaElement;
    again.value = "Name lakes.";
    again.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
    expect(events).toEqual([{ message: "msg_0", text: "Name lakes." }]);
  });

  test("is text: nothing in it is Markdown or HTML", async () => {
    const text = "<img src=x onerror=alert(1)> **not bold**";
    const element = await shown("rn-message", { turn: asked(text) });
    expect(one(element, ".bubble").textContent).toBe(text);
    expect(all(element, "img")).toHaveLength(0);
  });

  test("shows which branch it is on, and arrows to the others", async () => {
    const element = await shown("rn-message", { turn: { ...asked("Name rivers."), branch: { at: 2, of: 3 } } });
    const arrows = all(one(element, "rn-branches"), "button");
    const events = heard("rn-branch");
    arrows[0]?.click();
    arrows[1]?.click();
    expect(textOf(one(element, "rn-branches"))).toContain("2 / 3");
    expect(events).toEqual([
      { message: "msg_0", to: 1 },
      { message: "msg_0", to: 3 },
    ]);
  });
});

test("the content of a message is its text parts, joined", () => {
  expect(contentOf((turnsOf("tools_with_reasoning").at(-1) as Turn).message)).toMatch(/^Let me look\.Kassel: rain/);
});

describe("a turn that stands beside another", () => {
  test("has what can be looked at, and nothing that asks anew", async () => {
    const turn = { ...said("The Rhine", { status: "cancelled" }), branch: { at: 1, of: 2 }, continues: true };
    const element = await shown("rn-message", { turn, compared: true });
    expect(all(element, "header button").map((button) => button.title)).toEqual(["Sources", "Copy"]);
    expect(all(element, "rn-branches")).toHaveLength(0);
    expect(textOf(element)).toContain("Cancelled.");
    expect(all(element, "rn-ending").flatMap((ending) => all(ending, "button"))).toHaveLength(0);
  });

  test("is asked for where there are others in its place", async () => {
    const turn = { ...said("The Rhine", {}), branch: { at: 1, of: 2 } };
    const element = await shown("rn-message", { turn });
    const events = heard("rn-compare");
    all(one(element, "rn-branches"), "button.compare")[0]?.click();
    expect(events).toEqual([{ message: turn.message.id }]);
  });
});
