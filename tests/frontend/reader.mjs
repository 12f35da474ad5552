// Reads with the client, as a program does that has only its one file: node reader.mjs CLIENT BASE, then one JSON object a
// line on the standard input: {"do": "follow" | "live", "run"} or {"do": "ask", "text", "prompt"}. What comes of it is
// one JSON object a line.
import { createInterface } from "node:readline";

const [client, base] = process.argv.slice(2);
const { Api, follow, Live, MessageFold, ProblemError } = await import(client);
const live = new Live(base);
const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

async function read({ do: how, run }) {
  const fold = new MessageFold();
  const seqs = [];
  const states = [];
  let said = false;
  const onState = (state) => states.push(state);
  for await (const frames of how === "live" ? live.run(run) : follow(base, run, { onState })) {
    for (const frame of frames) {
      for (let seq = frame.first_seq ?? frame.seq; seq <= frame.seq; seq++) seqs.push(seq);
      fold.apply(frame);
    }
    if (!said && fold.contentLength) {
      said = true;
      say({ how, run, going: true });
    }
  }
  return { how, run, seqs, states, message: fold.value() };
}

async function ask({ text, prompt }) {
  const api = new Api(base);
  const { documents, run } = await api.upload([new File([text], "notes.txt")]);
  for await (const _ of follow(base, run.id));
  const { indexed } = await api.document(documents[0].id);
  const chat = await api.createChat({ documents: [documents[0].id], history: 2 });
  await api.changeChat(chat.id, { title: "Another title" });
  const started = await api.ask(chat.id, { prompt }, "one-key");
  const again = await api.ask(chat.id, { prompt }, "one-key");
  const { message } = await read({ do: "follow", run: started.id });
  const { messages } = await api.messages(chat.id);
  const passage = await api.passage(documents[0].id, 0, 5);
  const missing = await api.chat("chat_none").catch((error) => error);
  return {
    indexed,
    same: again.id === started.id,
    title: (await api.chat(chat.id)).title,
    folded: message,
    stored: messages.at(-1),
    passage: passage.text,
    missing: missing instanceof ProblemError && missing.code,
    models: (await api.models()).models.length,
    trace: (await api.trace(started.id)).kind,
  };
}

for await (const line of createInterface(process.stdin)) {
  const command = JSON.parse(line);
  (command.do === "ask" ? ask(command) : read(command)).then(say, (error) => say({ error: String(error.stack) }));
}
live.close();
