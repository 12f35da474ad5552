/** Long texts are shown in slices, between which the page draws and answers. */

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { RnMarkdown } from "../../src/markdown/element.ts";
import { Sliced, type Work } from "../../src/markdown/slices.ts";

const PARAGRAPH = "A paragraph with **strong** words, `code` and a [link](https://e.org).\n\n";
const LONG = PARAGRAPH.repeat(1000);

vi.setConfig({ testTimeout: 60_000 }); // against hanging: no measurement

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

const blocksOf = (element: RnMarkdown): Element[] => [...(element.shadowRoot?.querySelectorAll(".body > *") ?? [])];

test("a long message shows its beginning at once, and the rest in slices", async () => {
  const { element } = made();
  element.text = LONG;
  const shown = blocksOf(element);
  expect(shown.length).toBeGreaterThan(0);
  expect(shown.length).toBeLessThan(200);
  await element.finish();
  expect(blocksOf(element)).toHaveLength(1000);
  expect(blocksOf(element).slice(0, shown.length)).toEqual(shown);
  expect(most).toBeLessThan(40);
});

test("the end of a long answer is no long task", async () => {
  const { element } = made();
  for (let at = 0; at < LONG.length; at += 200) element.append(LONG.slice(at, at + 200));
  element.flush();
  await new Promise((resolve) => setTimeout(resolve, 0));
  most = 0;
  const root = element.shadowRoot as ShadowRoot;
  const before = [...root.querySelectorAll("*")];
  await element.finish();
  expect(most).toBeLessThan(40);
  expect([...root.querySelectorAll("*")].every((node, at) => node === before[at])).toBe(true);
});

test("much text that comes at once is shown in slices, and what comes meanwhile after it", async () => {
  const { element } = made();
  element.append(LONG);
  expect(blocksOf(element).length).toBeLessThan(200);
  element.append("**Last");
  element.append("** words");
  await element.finish();
  expect(blocksOf(element)).toHaveLength(1001);
  expect(blocksOf(element).at(-1)?.innerHTML).toBe("<strong>Last</strong> words");
});

test("blocks stand in the same stretches however they came, and what is taken back leaves none empty", async () => {
  const sizes = ({ shadowRoot }: RnMarkdown) => [...(shadowRoot?.children ?? [])].map((one) => one.childElementCount);
  const whole = made().element;
  whole.text = LONG;
  await whole.finish();
  const { element } = made();
  for (let at = 0; at < LONG.length; at += 100) element.append(LONG.slice(at, at + 100));
  await element.finish();
  expect(sizes(element)).toEqual(sizes(whole));
  expect(Math.max(...sizes(element))).toBeLessThan(100);
  const before = blocksOf(element);
  element.reset(LONG.slice(0, LONG.length / 2));
  await element.finish();
  const left = blocksOf(element);
  expect(left.slice(0, -2)).toEqual(before.slice(0, left.length - 2));
  expect(sizes(element)).not.toContain(0);
  element.reset();
  expect(blocksOf(element)).toEqual([]);
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
