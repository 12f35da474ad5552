/** The recorded runs that Python's fold is tested on, and elements to show them in. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { MessageFold, type Event, type Message } from "@runnel/client";
import type { LitElement } from "lit";

import { ActivityFold, type Turn } from "../../src/index.ts";

export function recorded(name: string): Event[] {
  const file = join(import.meta.dirname, "../../../../tests/recorded", `${name}.jsonl`);
  return readFileSync(file, "utf-8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);
}

/** The turn after each event of a recorded run, the last one last. */
export function turnsOf(name: string): Turn[] {
  const fold = new MessageFold();
  const activity = new ActivityFold();
  return recorded(name).map((event) => {
    fold.apply(event);
    activity.apply(event);
    return { message: fold.value(), activity: activity.value() };
  });
}

export function said(text: string, more: Partial<Message> = {}): Turn {
  const message: Message = {
    id: "msg_1",
    role: "assistant",
    status: "completed",
    parts: [{ kind: "text", text }],
    ...more,
  };
  return { message };
}

export function asked(text: string, id = "msg_0"): Turn {
  return { message: { id, role: "user", status: "completed", parts: [{ kind: "text", text }] } };
}

/** An element in the document, rendered. */
export async function shown<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
): Promise<HTMLElementTagNameMap[K]> {
  const element = Object.assign(document.createElement(name), properties);
  document.body.replaceChildren(element);
  await settled(element);
  return element;
}

/** Everything in `element` is rendered, its shadow roots too. */
export async function settled(element: Element): Promise<void> {
  await (element as Partial<LitElement>).updateComplete;
  for (const inner of element.shadowRoot?.querySelectorAll("*") ?? [])
    if (inner.localName.startsWith("rn-")) await settled(inner);
}

/** All elements that match, through shadow roots. */
export function all(root: Element | ShadowRoot, selector: string): HTMLElement[] {
  const found: HTMLElement[] = [];
  const inside = root instanceof Element ? root.shadowRoot : root;
  if (inside === null) return found;
  for (const element of inside.querySelectorAll<HTMLElement>("*")) {
    if (element.matches(selector)) found.push(element);
    found.push(...all(element, selector));
  }
  return found;
}

export function one(root: Element, selector: string): HTMLElement {
  const found = all(root, selector);
  if (found[0] === undefined) throw new Error(`there is no ${selector}`);
  return found[0];
}

/** What a reader reads, without spaces in a row. */
export function textOf(root: Element): string {
  const read = (node: Node): string => {
    if (node instanceof HTMLStyleElement) return "";
    if (node instanceof Element && node.shadowRoot) return [...node.shadowRoot.childNodes].map(read).join("");
    return node.childNodes.length
      ? [...node.childNodes].map(read).join("")
      : node.nodeType === 3
        ? (node.nodeValue ?? "")
        : "";
  };
  return read(root).replace(/\s+/g, " ").trim();
}

/** The details of the events `name` that come from now on. */
export function heard(name: string): unknown[] {
  const details: unknown[] = [];
  document.body.addEventListener(name, (event) => details.push((event as CustomEvent).detail));
  return details;
}
