/** Long texts are shown in slices, between which the page draws and answers. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import { Sliced, type Work } from "../../src/markdown/slices.ts";

const PARAGRAPH = "A paragraph with **strong** words, `code` and a [link](https://e.org).\n\n";
const LONG = PARAGRAPH.repeat(1000);

let now = 0;
let looks = 0; // at the clock, in one task
let most = 0; // of them

/** A clock by which a millisecond goes by with each look at it: so many looks, so many bits of work. */
beforeEach(() => {
  looks = most = 0;
  vi.spyOn(performance, "now").mockImplementation(() => {
    if (looks++ === 0) setTimeout(() => (looks = 0), 0);
    most = Math.max(most, looks);
    return now++;
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  document.body.replaceChildren();
});

function made(): { element: RnMarkdown; body: HTMLElement } {
  const element = new RnMarkdown();
  document.body.append(element);
  return { element, body: element.shadowRoot?.querySelector(".body") as HTMLElement };
}

test("a long message shows its beginning at once, and the rest in slices", async () => {
  const { element, body } = made();
  element.text = LONG;
  const first = body.childElementCount;
  expect(first).toBeGreaterThan(0);
  expect(first).toBeLessThan(200);
  const shown = [...body.children];
  await element.finish();
  expect(body.childElementCount).toBe(1000);
  expect([...body.children].slice(0, first)).toEqual(shown);
  expect(most).toBeLessThan(40);
});

test("the end of a long answer is no long task", async () => {
  const { element, body } = made();
  for (let at = 0; at < LONG.length; at += 200) element.append(LONG.slice(at, at + 200));
  element.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  most = 0;
  const before = [...body.querySelectorAll("*")];
  await element.finish();
  expect(most).toBeLessThan(40);
  expect([...body.querySelectorAll("*")].every((node, at) => node === before[at])).toBe(true);
});

test("much text that comes at once is shown in slices, and what comes meanwhile after it", async () => {
  const { element, body } = made();
  element.append(LONG);
  expect(body.childElementCount).toBeLessThan(200);
  element.append("**Last");
  element.append("** words");
  await element.finish();
  expect(body.childElementCount).toBe(1001);
  expect(body.lastElementChild?.innerHTML).toBe("<strong>Last</strong> words");
});

test("another text takes the place of one that is still being shown", async () => {
  const { element, body } = made();
  element.text = LONG;
  element.text = "Short.";
  await element.finish();
  expect(body.textContent).toBe("Short.");
});

test("a short message is there at once, also where others take long", () => {
  made().element.text = LONG;
  const { element, body } = made();
  element.text = PARAGRAPH;
  expect(body.querySelector("a")?.textContent).toBe("link");
});

test("the newest is done first, since the reader is at the end", async () => {
  const order: string[] = [];
  const work = function* (name: string): Work {
    for (let step = 0; step < 100; step++) yield 1000;
    order.push(name);
  };
  const all = ["first", "second", "third"].map((name) => new Sliced(work(name)));
  await Promise.all(all.map((one) => one.done));
  expect(order).toEqual(["third", "second", "first"]);
});

test("work that fails ends, and what waits for it goes on", async () => {
  const thrown: unknown[] = [];
  vi.stubGlobal("queueMicrotask", (report: () => void) => {
    try {
      report();
    } catch (error) {
      thrown.push(error);
    }
  });
  const fails = function* (): Work {
    yield 10_000;
    throw new Error("no");
  };
  await new Sliced(fails()).done;
  vi.unstubAllGlobals();
  expect(thrown).toEqual([new Error("no")]);
});
