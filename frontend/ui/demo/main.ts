/** Plays conversations for looking at: `?scene=answered`, `?run=tools_with_reasoning&speed=1`. Not shipped. */
import { MessageFold, type Event } from "@runnel/client";
import { ActivityFold, adoptTheme, type Turn } from "@runnel/ui";

import { SCENES } from "./scenes.ts";

const RECORDED = import.meta.glob<string>("../../../tests/recorded/*.jsonl", {
  query: "?raw",
  import: "default",
  eager: true,
});
const asked = new URLSearchParams(location.search);

adoptTheme(document);
document.documentElement.dir = asked.get("dir") ?? "ltr";
const theme = asked.get("theme");
if (theme !== null) document.documentElement.dataset["theme"] = theme;

const view = document.createElement("rn-conversation");
const composer = document.createElement("rn-composer");
document.body.append(view, composer);

for (const name of ["rn-send", "rn-steer", "rn-stop", "rn-retry", "rn-edit", "rn-approve", "rn-reply"] as const)
  document.addEventListener(name, (event) => console.log(name, event.detail));

document.addEventListener("rn-open-source", ({ detail: { source } }) => {
  const shown = document.createElement("rn-document-view");
  const filler = "What stands before it in the document goes on for a while. ".repeat(60);
  shown.name = source.title;
  shown.place = (source.heading ?? []).join(" · ");
  shown.href = source.page === undefined ? "#" : `#page=${source.page}`;
  const text = `${filler}\n\n${source.text}\n\n${filler}`;
  const start = filler.length + 2;
  shown.text = { text, start: 0, end: text.length, length: text.length + 9000 };
  shown.mark = { start, end: start + source.text.length };
  shown.addEventListener("rn-close", () => shown.remove());
  document.body.append(shown);
});

async function play(turns: readonly Turn[], events: readonly Event[], speed: number): Promise<void> {
  const fold = new MessageFold();
  const activity = new ActivityFold();
  let at = 0;
  composer.busy = true;
  for (const event of events) {
    const pause = ((event.at ?? 0) - at) / speed;
    if (pause > 1) await new Promise((resolve) => setTimeout(resolve, pause));
    at = event.at ?? 0;
    fold.apply(event);
    activity.apply(event);
    view.turns = [...turns, { message: fold.value(), activity: activity.value() }];
  }
  composer.busy = false;
}

/** A long answer, word by word. */
function streamed(words: number): Event[] {
  const message = {
    id: "live",
    role: "assistant",
    status: "queued",
    chat: "c",
    run: "run_live",
    model: "demo",
  } as const;
  const text = "The **Rhine** rises in the Alps and reaches the North Sea near Rotterdam, `1,230` km on.\n\n";
  const said = text.repeat(Math.ceil(words / 16)).match(/\s*\S+|\s+$/g) ?? [];
  return [
    { type: "run.started", run: "run_live", kind: "answer", message, began_at: 0, version: 1, seq: 1, at: 0 },
    { type: "state.changed", status: "running" },
    ...said.slice(0, words).map((word, nth): Event => ({ type: "text.delta", text: word, at: 500 + nth * 10 })),
    { type: "run.ended", status: "completed", at: 500 + words * 10 },
  ];
}

const scene = SCENES[asked.get("scene") ?? "answered"]?.() ?? [];
const run = asked.get("run");
view.turns = scene;
if (run === "streamed") void play(scene, streamed(Number(asked.get("words") ?? 1000)), Number(asked.get("speed") ?? 1));
else if (run !== null) {
  const lines = RECORDED[`../../../tests/recorded/${run}.jsonl`]?.trim().split("\n") ?? [];
  void play(
    scene,
    lines.map((line) => JSON.parse(line) as Event),
    Number(asked.get("speed") ?? 1),
  );
}
