/** What was written and not sent, in this tab: it outlasts a reload, and logging in again as the same user. */
export class Drafts {
  /** `user` is whoever writes here: another who logs in finds nothing of theirs. */
  constructor(private readonly user: () => string | undefined) {}

  /** What was written for a chat, or for the one that is about to begin. */
  of(chat: string | null | undefined): string {
    try {
      return sessionStorage.getItem(this.key(chat)) ?? "";
    } catch {
      return "";
    }
  }

  keep(chat: string | null | undefined, text: string): void {
    try {
      if (text) sessionStorage.setItem(this.key(chat), text);
      else sessionStorage.removeItem(this.key(chat));
    } catch {
      // A browser that keeps nothing, or not so much, has it until the page is closed.
    }
  }

  private key(chat: string | null | undefined): string {
    return `runnel.draft.${this.user() ?? ""}.${chat ?? "new"}`;
  }
}
