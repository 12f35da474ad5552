import type { Api, Medium, Message, Part } from "@runnel/client";
import type { Turn } from "@runnel/ui";

export interface Asked {
  readonly prompt: string;
  readonly media: readonly Medium[];
}

/** A question that waits for its turn, and the run that is to answer it. */
export interface Queued extends Turn {
  readonly queued: { readonly run: string };
}

/** The questions of a chat that wait, the first one first; those of `before` as they are. */
export async function queuedIn(api: Api, chat: string, before: readonly Queued[]): Promise<readonly Queued[]> {
  const { runs } = await api.runs({ chat, status: ["queued"], limit: 20 });
  const known = new Map(before.map((one) => [one.queued.run, one]));
  const found = runs.map(async ({ id: run, question_id }) => {
    const one = known.get(run);
    if (one || question_id === undefined) return one;
    return { message: await api.message(question_id), queued: { run } };
  });
  return (await Promise.all(found)).filter((one) => one !== undefined).reverse();
}

/** The turn of a question that the server has not taken yet. */
export function onItsWay({ prompt, media }: Asked): Turn {
  const parts = [{ kind: "text", text: prompt }, ...media.map((one) => ({ kind: "media", ...one }))] as readonly Part[];
  return { message: { id: "asking", role: "user", status: "completed", parts }, queued: {} };
}

/** What of the `told` the answer has not heard yet. */
export function unheard(message: Message, told: readonly string[]): readonly string[] {
  if (told.length === 0) return told;
  const heard = (message.parts ?? []).flatMap((part) => (part.kind === "steered" ? part.text : []));
  return told.filter((text) => {
    const at = heard.indexOf(text);
    if (at >= 0) heard.splice(at, 1);
    return at < 0;
  });
}
