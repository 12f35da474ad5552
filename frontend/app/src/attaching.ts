import type { Document } from "@runnel/client";
import { modelName } from "@runnel/ui";

import type { Conversation } from "./conversation.ts";
import { sorted, type Dropped } from "./dropped.ts";
import type { Page } from "./page.ts";
import { prepared } from "./pictures.ts";
import { sentence } from "./notices.ts";
import type { Adding } from "./uploads.ts";

/** What becomes of files that somebody adds: pictures go with the next question, others become documents of the chat, also
 * where that begins only while they are on their way. */
export class Attaching {
  private draft = new Target(() => this.page);
  private readonly targets = new WeakMap<Conversation, Target>();

  constructor(private readonly page: Page) {}

  /** Add files; gives the pictures among them as they are sent. Says what cannot be taken, and why. */
  async take({ files, skipped }: Dropped): Promise<readonly File[]> {
    const { notices, uploads } = this.page;
    const { pictures, others } = sorted(files);
    uploads.add(others, this.of(this.page.conversation));
    if (skipped) notices.note(`Left out: ${skipped} ${skipped === 1 ? "file" : "files"} without text`);
    if (pictures.length === 0) return [];
    const { model } = this.page.settings;
    if (!this.page.models.takesPictures(model)) {
      const why = `${modelName(model)}: no pictures. Choose another model, then add it again.`;
      for (const { name } of pictures) uploads.refuse(name, why);
      return [];
    }
    const found = await Promise.allSettled(pictures.map(prepared));
    found.forEach((one, at) => {
      if (one.status === "rejected") uploads.refuse(pictures[at]?.name ?? "", sentence(one.reason));
    });
    return found.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  }

  /** The chat that files of a new chat were added to has begun. */
  begun(conversation: Conversation): void {
    const target = this.draft;
    this.draft = new Target(() => this.page);
    this.targets.set(conversation, target);
    target.joined = target.begun(conversation);
  }

  /** Wait until the server has what was added to this chat. Rejects where it cannot have all of it. */
  async sent(conversation: Conversation): Promise<void> {
    const target = this.of(conversation);
    const failed = await this.page.uploads.sent(target);
    await target.joined;
    if (failed.length) throw new Error(`${failed.join(", ")} could not be added`);
  }

  private of(conversation: Conversation | undefined): Target {
    if (!conversation) return this.draft;
    let target = this.targets.get(conversation);
    if (!target) this.targets.set(conversation, (target = new Target(() => this.page, conversation)));
    return target;
  }
}

/** What documents are added to: a chat, or the one that the next question begins. */
class Target implements Adding {
  /** When a chat that has just begun has what was kept while it was made. */
  joined: Promise<void> | undefined;
  private readonly ids = new Set<string>();

  constructor(
    private readonly page: () => Page,
    private conversation?: Conversation,
  ) {}

  kept({ id }: Document): Promise<void> {
    this.ids.add(id);
    return this.change((before) => (before.includes(id) ? before : [...before, id]));
  }

  refused({ id }: Document): Promise<void> {
    this.ids.delete(id);
    return this.change((before) => before.filter((one) => one !== id));
  }

  /** From now on it is this chat, which may not have what was kept while it was made. */
  begun(conversation: Conversation): Promise<void> {
    this.conversation = conversation;
    return this.change((before) => [...before, ...[...this.ids].filter((id) => !before.includes(id))]);
  }

  private async change(changed: (documents: readonly string[]) => readonly string[]): Promise<void> {
    const page = this.page();
    const { conversation } = this;
    if (!conversation) {
      if (page.chosen) page.choose(changed(page.chosen)); // a new chat is over all, where none were chosen
      return;
    }
    if (!conversation.chat) await conversation.refresh();
    const before = conversation.settings.documents ?? [];
    const after = changed(before);
    if (after.length !== before.length) await conversation.change({ documents: after });
  }
}
