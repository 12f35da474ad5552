import { expect, test } from "vitest";

import type { Turn } from "../../src/index.ts";
import { all, asked, one, said, settled, shown, textOf, turnsOf } from "./recorded.ts";

test("a screen reader is told of the start, what waits and the end, and never of the text", async () => {
  const view = await shown("rn-conversation", { turns: [asked("The weather?")] });
  const news: string[] = [];
  for (const turn of turnsOf("tools_with_reasoning")) {
    view.turns = [asked("The weather?"), turn];
    await settled(view);
    const now = textOf(one(view, "[role=status]"));
    if (now !== news.at(-1)) news.push(now);
  }
  expect(news).toEqual([
    "An answer is being made.",
    "The answer waits for your consent to use weather.",
    "The answer is complete.",
  ]);
});

test("an answer that was over when the chat was opened is not announced", async () => {
  const view = await shown("rn-conversation", { turns: [asked("Rivers?"), said("Rhine")] });
  expect(textOf(one(view, "[role=status]"))).toBe("");
});

test("a turn that is as it was is not touched when others change", async () => {
  const [first, second] = [asked("Rivers?"), said("Rhine")];
  const view = await shown("rn-conversation", { turns: [first, second] });
  const elements = all(view, "rn-message");
  const bubble = one(view, ".bubble");
  view.turns = [first, said("Rhine, Danube")];
  await settled(view);
  expect(all(view, "rn-message")).toEqual(elements);
  expect(one(view, ".bubble")).toBe(bubble);
  expect(textOf(view)).toContain("Rhine, Danube");
});

const shownIn = (view: Element): string[] =>
  all(view, "rn-markdown").map((element) => Reflect.get(element, "text") as string);

test("more of an answer's text shows at once, and nothing else is looked at", async () => {
  const [question, answer] = [asked("Rivers?"), said("Rhine", { status: "running" })];
  const view = await shown("rn-conversation", { turns: [question, answer] });
  view.turns = [question, said("Rhine, Danube", { status: "running" })];
  expect(shownIn(view)).toEqual(["Rhine, Danube"]);
  expect(view.isUpdatePending).toBe(false);
  view.turns = [question, said("Rhine, Elbe", { status: "running" })]; // the end was taken back
  await settled(view);
  expect(shownIn(view)).toEqual(["Rhine, Elbe"]);
  view.turns = [question, said("Rhine, Elbe")];
  await settled(view);
  expect(one(view, "article.answer").getAttribute("aria-busy")).toBe("false");
});

test("of a long chat only the end is there, until earlier messages are wanted", async () => {
  const turns: Turn[] = Array.from({ length: 100 }, (_, at) => asked(`Question ${at}`, `msg_${at}`));
  const view = await shown("rn-conversation", { turns });
  expect(all(view, "rn-message")).toHaveLength(30);
  expect(textOf(view)).toContain("Question 99");
  one(view, ".earlier button").click();
  await settled(view);
  expect(all(view, "rn-message")).toHaveLength(60);
});

test("before the first message that there is, earlier ones are asked for", async () => {
  const view = await shown("rn-conversation", { turns: [asked("Rivers?")], earlier: true });
  let wanted = 0;
  view.addEventListener("rn-want-earlier", () => wanted++);
  one(view, ".earlier button").click();
  expect(wanted).toBe(1);
});

test("a message far up is brought into sight by its id", async () => {
  const turns: Turn[] = Array.from({ length: 100 }, (_, at) => asked(`Question ${at}`, `msg_${at}`));
  const view = await shown("rn-conversation", { turns });
  expect(await view.reveal("msg_10")).toBe(true);
  expect(textOf(view)).toContain("Question 10");
  expect(await view.reveal("msg_none")).toBe(false);
});

test("Rephrase opens the question of the answer for editing", async () => {
  const turns = [asked("Rivers?"), said("Rhine", { status: "cancelled", parent: "msg_0" })];
  const view = await shown("rn-conversation", { turns });
  one(view, ".rephrase").click();
  await new Promise((resolve) => setTimeout(resolve));
  await settled(view);
  expect((one(view, "textarea") as HTMLTextAreaElement).value).toBe("Rivers?");
});
