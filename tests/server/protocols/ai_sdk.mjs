// The AI SDK's own chat, as `useChat` has it, against a server. Each line of standard input is a command; each line of
// output what came of it.
import { AbstractChat, DefaultChatTransport, lastAssistantMessageIsCompleteWithApprovalResponses } from "ai";
import { createInterface } from "node:readline";

const [url, id, consents] = process.argv.slice(2);

class State {
  status = "ready";
  error = undefined;
  messages = [];
  pushMessage = (message) => this.messages.push(message);
  popMessage = () => this.messages.pop();
  replaceMessage = (index, message) => (this.messages[index] = message);
  snapshot = (value) => structuredClone(value);
}

class Chat extends AbstractChat {
  constructor(messages = []) {
    const state = new State();
    state.messages = messages;
    super({
      id,
      state,
      transport: new DefaultChatTransport({ api: `${url}/ai-sdk/chat` }),
      onData: (part) => seen.push(part.type),
      ...(consents ? { sendAutomaticallyWhen: lastAssistantMessageIsCompleteWithApprovalResponses } : {}),
    });
  }
}

const seen = [];
let chat = new Chat();
let going = Promise.resolve();

const show = () => {
  const last = chat.messages.at(-1);
  console.log(
    JSON.stringify({ status: chat.status, error: chat.error?.message, count: chat.messages.length, seen, last }),
  );
};
const text = () =>
  (chat.messages.at(-1)?.parts ?? []).filter((part) => part.type === "text").map((part) => part.text).join("");
const until = async (wanted) => {
  while (!wanted()) await new Promise((resolve) => setTimeout(resolve, 5));
};

const commands = {
  send: (said) => (going = chat.sendMessage({ text: said })),
  edit: (said, index) => (going = chat.sendMessage({ text: said, messageId: chat.messages[index].id })),
  again: () => (going = chat.regenerate()),
  text: (said) => until(() => text().includes(said)),
  asked: () => until(() => chat.messages.at(-1)?.parts.some((part) => part.state === "approval-requested")),
  consent: (approved) => {
    const part = chat.messages.at(-1).parts.find((one) => one.state === "approval-requested");
    return (going = chat.addToolApprovalResponse({ id: part.approval.id, approved }));
  },
  abort: () => chat.stop(),
  stop: () => fetch(`${url}/ai-sdk/chat/${id}/stop`, { method: "POST" }),
  // A page that is loaded anew has the messages that were stored, and resumes what is going on.
  reload: () => {
    chat = new Chat(chat.messages.filter((message) => message.role === "user"));
    going = chat.resumeStream();
  },
  end: async () => {
    await going;
    await until(() => chat.status === "ready" || chat.status === "error");
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...given] = JSON.parse(line);
  const done = commands[command](...given);
  if (!["send", "edit", "again", "consent", "reload"].includes(command)) await done;
  show();
}
