import { expect, test } from "vitest";

import { all, heard, one, settled, shown } from "./recorded.ts";

function press(field: HTMLElement, key: string, more: KeyboardEventInit = {}): void {
  field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true, ...more }));
}

test("Enter sends and clears the field; Shift-Enter and an input method's Enter do not", async () => {
  const composer = await shown("rn-composer", { text: " Name rivers. " });
  const events = heard("rn-send");
  const field = one(composer, "textarea");
  press(field, "Enter", { shiftKey: true });
  press(field, "Enter", { isComposing: true });
  expect(events).toEqual([]);
  press(field, "Enter");
  expect(events).toEqual([{ text: "Name rivers.", files: [] }]);
  expect(composer.text).toBe("");
});

test("nothing is sent where nothing is written", async () => {
  const composer = await shown("rn-composer", { text: "  \n" });
  const events = heard("rn-send");
  press(one(composer, "textarea"), "Enter");
  expect(events).toEqual([]);
  expect((one(composer, ".send") as HTMLButtonElement).disabled).toBe(true);
});

test("a question that is refused stays in the field", async () => {
  const composer = await shown("rn-composer", { text: "Name rivers." });
  composer.addEventListener("rn-send", (event) => event.preventDefault());
  press(one(composer, "textarea"), "Enter");
  expect(composer.text).toBe("Name rivers.");
});

test("while an answer is made Stop stands in the place of Send, Enter steers, and Esc stops", async () => {
  const composer = await shown("rn-composer", { busy: true, text: "shorter" });
  const steered = heard("rn-steer");
  const stopped = heard("rn-stop");
  expect(all(composer, ".send")).toHaveLength(0);
  one(composer, ".stop").click();
  press(one(composer, "textarea"), "Enter");
  press(one(composer, "textarea"), "Escape");
  expect(steered).toEqual([{ text: "shorter" }]);
  expect(stopped).toHaveLength(2);
});

test("files come along with the question, and can be taken away", async () => {
  const composer = await shown("rn-composer", { text: "What is on it?" });
  const kept = new File(["a"], "a.txt", { type: "text/plain" });
  composer.attach([kept, new File(["b"], "b.txt", { type: "text/plain" })]);
  await settled(composer);
  all(composer, "li button")[1]?.click();
  await settled(composer);
  const events = heard("rn-send");
  press(one(composer, "textarea"), "Enter");
  expect(events).toEqual([{ text: "What is on it?", files: [kept] }]);
  expect(composer.files).toEqual([]);
});
