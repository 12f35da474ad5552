// Folds with the client: node folds.mjs CLIENT, then a run's events on each line of the standard input, as a JSON array.
// Each is answered with the messages after half of them and after all, as one JSON array.
import { createInterface } from "node:readline";

const { MessageFold } = await import(process.argv[2]);

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const events = JSON.parse(line);
  const fold = new MessageFold();
  const half = events.length >> 1;
  const first = fold.applyAll(events.slice(0, half)).value();
  const last = fold.applyAll(events.slice(half)).value();
  process.stdout.write(`${JSON.stringify([first, last])}\n`);
}
