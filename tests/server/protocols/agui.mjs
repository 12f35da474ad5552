// AG-UI's own `HttpAgent` against a server. Each line of standard input is a command; each line of output what came of
// it.
import { HttpAgent } from "@ag-ui/client";
import { createInterface } from "node:readline";

const [url, thread] = process.argv.slice(2);

const events = [];
let problem;
let agent;
let going = Promise.resolve();
const begin = (headers = {}, initialMessages = []) => {
  agent = new HttpAgent({ url: `${url}/agui`, threadId: thread, headers, initialMessages });
  agent.subscribe({ onEvent: ({ event }) => void events.push(event) });
};
begin();

let brought = {};
const run = (parameters) => {
  events.length = 0;
  problem = undefined;
  going = agent.runAgent({ ...brought, ...parameters }).catch((error) => (problem = error.message));
};
const text = () => events.filter((event) => event.type === "TEXT_MESSAGE_CONTENT").map((event) => event.delta).join("");
const until = async (wanted) => {
  while (!wanted() && !problem) await new Promise((resolve) => setTimeout(resolve, 5));
};

const commands = {
  send: (id, said) => {
    agent.addMessage({ id: `user-${id}`, role: "user", content: said });
    run({ runId: id });
  },
  with: (parameters) => (brought = parameters),
  said: (role, content) => agent.addMessage({ id: `${role}-${agent.messages.length}`, role, content }),
  result: (id, toolCallId, content) => {
    agent.addMessage({ id: `result-${id}`, role: "tool", toolCallId, content });
    run({ runId: id });
  },
  resume: (id, answers) => run({ runId: id, resume: answers }),
  text: (said) => until(() => text().includes(said)),
  abort: async () => {
    agent.abortRun();
    await going;
  },
  join: (id, after) => {
    const users = agent.messages.filter((message) => message.role === "user");
    begin(after ? { "Last-Event-ID": `${after}` } : {}, users);
    run({ runId: id });
  },
  end: () => going,
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...given] = JSON.parse(line);
  const done = commands[command](...given);
  if (["text", "abort", "end"].includes(command)) await done;
  const types = events.map((event) => event.type);
  const { messages, pendingInterrupts } = agent;
  console.log(JSON.stringify({ types, events, messages, problem, interrupts: pendingInterrupts, text: text() }));
}
