import { ProblemError, type Api, type Chat, type ChatChanges } from "@runnel/client";

/** What somebody sets of a chat, on its way to the server: one change after the other. */
export class Settling {
  /** Done once the server has all that was set by now, or has refused it. Never rejects. */
  done: Promise<unknown> = Promise.resolve();
  private changes = 0;
  private unsettled = 0;

  constructor(
    private readonly api: Api,
    private readonly chat: string,
  ) {}

  /** Send a change; gives the chat as it then is, unless a later change says that. Rejects with why it is refused. */
  async send(changes: ChatChanges): Promise<Chat | undefined> {
    const nth = ++this.changes;
    this.unsettled++;
    const sent = this.done.then(() => this.put(changes));
    this.done = sent.catch(() => undefined);
    try {
      const chat = await sent;
      return nth === this.changes ? chat : undefined;
    } finally {
      this.unsettled--;
    }
  }

  /** To be called before a chat is read: what it gives says afterwards whether that has all that was set by then. */
  reading(): () => boolean {
    const settled = this.unsettled ? undefined : this.changes;
    return () => settled === this.changes;
  }

  /** Documents that were deleted meanwhile are left out: nobody can search them. */
  private async put(changes: ChatChanges): Promise<Chat> {
    try {
      return await this.api.changeChat(this.chat, changes);
    } catch (error) {
      const gone = error instanceof ProblemError && error.details["document"];
      const documents = changes.documents?.filter((one) => one !== gone);
      if (!documents || documents.length === changes.documents?.length) throw error;
      return this.put({ ...changes, documents });
    }
  }
}

/** A chat as it is once it has been changed so. */
export function changedBy(chat: Chat, { title, system, output, ...rest }: ChatChanges): Chat {
  const settings: Record<string, unknown> = { ...chat.settings, ...rest };
  for (const [name, value] of Object.entries({ system, output }))
    if (value === null) Reflect.deleteProperty(settings, name);
    else if (value !== undefined) settings[name] = value;
  return { ...chat, settings, ...(title === undefined ? {} : { title }) };
}
