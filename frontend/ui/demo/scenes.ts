/** Conversations to look at, as values. */
import type { Message, Source } from "@runnel/client";
import type { Turn } from "@runnel/ui";

const SOURCES: readonly Source[] = [
  {
    id: "s1",
    document: "d1",
    title: "handbook.pdf",
    page: 12,
    heading: ["Travel", "Night trains"],
    start: 0,
    end: 20,
    text: "Employees may book a sleeper compartment for journeys of more than eight hours. The cost is met in full where the journey replaces a flight.",
  },
  {
    id: "s2",
    document: "d2",
    title: "expenses-2026.md",
    heading: ["Limits"],
    text: "Meals are met up to 40 € a day within the country, and up to 55 € abroad. Receipts are handed in within thirty days of the journey’s end.",
  },
  { id: "s3", document: "d1", title: "handbook.pdf", page: 13, text: "Seat reservations are always met." },
];

const ANSWER = `Yes. For a journey of **more than eight hours** you may book a sleeper compartment, and the cost is met in full where it replaces a flight [1].

| | within the country | abroad |
|---|--:|--:|
| Meals a day | 40 € | 55 € |
| Seat reservation | met | met |

Two things to keep in mind [2]:

1. Receipts are handed in within *thirty days* of the journey’s end.
2. Reservations are always met [3].

\`\`\`python
def refund(days: int, abroad: bool) -> float:
    return days * (55 if abroad else 40)
\`\`\`
`;

let ids = 0;

function user(text: string, more: Partial<Turn> = {}): Turn {
  const id = `u${ids++}`;
  return { message: { id, role: "user", status: "completed", chat: "c", parts: [{ kind: "text", text }] }, ...more };
}

function answer(text: string, message: Partial<Message> = {}, more: Partial<Turn> = {}): Turn {
  const id = `a${ids++}`;
  const parts = text === "" ? [] : [{ kind: "text" as const, text }];
  return {
    message: {
      id,
      role: "assistant",
      status: "completed",
      chat: "c",
      run: `run_${id}`,
      model: "openai:gpt-5-mini",
      created_at: 1790000000000,
      usage: { input_tokens: 1325, output_tokens: 219 },
      parts,
      ...message,
    },
    ...more,
  };
}

const rivers = "The Rhine rises in the Alps and reaches the North Sea near Rotterdam, 1,230 km on.";

export const SCENES: Record<string, () => readonly Turn[]> = {
  answered: () => [
    user("May I take the night train to Vienna, and what is paid?", { branch: { at: 2, of: 3 } }),
    answer(
      ANSWER,
      {
        sources: SOURCES,
        rewritten_question: "Are night trains to Vienna and meals on the way refunded?",
      },
      { branch: { at: 1, of: 2 } },
    ),
    user("Thanks! And in one line?"),
    answer("Sleeper: yes, beyond eight hours; meals up to 55 € a day [1, 2].", { sources: SOURCES }),
  ],
  endings: () => [
    user("Name rivers."),
    answer(`${rivers} The Danube`, { status: "cancelled" }, { continues: true }),
    user("And the Elbe?"),
    answer("", {
      status: "failed",
      error: {
        code: "model.rate_limited",
        message:
          "OpenAI asks to wait: too many requests a minute for gpt-5-mini. Try again in 20 seconds, or choose another model.",
      },
    }),
    user("And the Weser?"),
    answer(rivers, { status: "interrupted" }, { continues: true }),
    user("All of them, at length."),
    answer(rivers, { status: "incomplete", finish_reason: "length" }, { continues: true }),
  ],
  asking: () => [
    user("Cancel my order 4711 and write to Ada."),
    answer(
      "I will cancel the order first.",
      {
        status: "waiting",
        parts: [
          { kind: "reasoning", text: "The order must be found.\n\nThen it is cancelled." },
          { kind: "text", text: "I will cancel the order first." },
          {
            kind: "tool",
            call: "c0",
            name: "find_order",
            arguments: '{"number": 4711}',
            called: true,
            status: "ok",
            result: '{"state": "packed", "total": 49.9}',
          },
          {
            kind: "tool",
            call: "c1",
            name: "cancel_order",
            arguments: '{"number": 4711, "refund": true}',
            approval: "requested",
          },
        ],
      },
      {
        activity: {
          lines: [{ type: "status", text: "Looking at the orders", call: "c0" }],
          requests: [
            { kind: "approval", id: "c1", name: "cancel_order", arguments: { number: 4711, refund: true } },
            { kind: "input", id: "i1", question: "Which of Ada’s addresses: home or work?" },
          ],
        },
      },
    ),
  ],
  rtl: () => [
    user("هل يمكنني السفر بقطار الليل إلى فيينا؟"),
    answer(
      "نعم. للرحلات التي **تزيد على ثماني ساعات** يمكنك حجز مقصورة نوم [1].\n\n- الوجبات حتى 55 € في اليوم [2]\n- حجز المقعد مدفوع دائمًا",
      { sources: SOURCES },
    ),
    user("ומה עם ארוחות?"),
    answer("הארוחות משולמות עד 55 € ליום [2].", { status: "cancelled", sources: SOURCES }, { continues: true }),
  ],
  long: () =>
    Array.from({ length: 400 }, (_, at) =>
      at % 2 ? answer(`**${at}.** ${rivers.repeat((at % 7) + 1)}`) : user(`Question ${at}`),
    ),
};
