// OpenAI's own package against a server. Each line of standard input is a command; each line of output what came of it.
// A command is the path of a method of the client and its arguments; of a stream all events are read, or, where the
// command begins with "until" and a text, those until that is said: "rest" gives the others, "leave" lets go of them.
import OpenAI from "openai";
import { createInterface } from "node:readline";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none", maxRetries: 0 });
const open = [];

const read = async (stream, wanted) => {
  const events = [];
  const reader = stream[Symbol.asyncIterator]();
  for (let next = await reader.next(); !next.done; next = await reader.next()) {
    events.push(next.value);
    const said = next.value.delta ?? next.value.choices?.[0]?.delta?.content;
    if (wanted !== undefined && said === wanted) {
      open.push([stream, reader]);
      break;
    }
  }
  return events;
};

const rest = async () => {
  const [, reader] = open.pop();
  const events = [];
  for (let next = await reader.next(); !next.done; next = await reader.next()) events.push(next.value);
  return events;
};

const call = async (path, given, wanted) => {
  let owner = client;
  const names = path.split(".");
  const method = names.pop();
  for (const name of names) owner = owner[name];
  const made = await owner[method](...given);
  if (made?.controller !== undefined) return read(made, wanted);
  if (made?.getPaginatedItems !== undefined) {
    const items = [];
    for await (const item of made) items.push(item);
    return items;
  }
  return made ?? null;
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...given] = JSON.parse(line);
  let found;
  try {
    if (command === "rest") found = await rest();
    else if (command === "leave") found = open.pop()[0].controller.abort() ?? null;
    else if (command === "until") found = await call(given[1], given.slice(2), given[0]);
    else found = await call(command, given);
    console.log(JSON.stringify({ found }));
  } catch (error) {
    const { status, code, param, message } = error;
    console.log(JSON.stringify({ error: error.constructor.name, status, code, param, message }));
  }
}
