import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { Event, Message, Span } from "../src/index.ts";

const FOLDER = fileURLToPath(new URL("../../../tests/recorded/", import.meta.url));

/** The runs that Python's folds are held to. */
export const NAMES = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".jsonl"))
  .map((file) => file.slice(0, -".jsonl".length));

const read = (file: string): string => readFileSync(FOLDER + file, "utf-8");

export const events = (name: string): Event[] =>
  read(`${name}.jsonl`)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Event);

export const message = (name: string): Message => JSON.parse(read(`${name}.message.json`)) as Message;
export const trace = (name: string): Span => JSON.parse(read(`${name}.trace.json`)) as Span;
