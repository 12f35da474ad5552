import { titleOf } from "./chats.ts";
import busy from "./favicon-busy.svg";
import type { Page } from "./page.ts";

/** The title and icon of the tab: which chat is open, and whether an answer is being made. */
export class Title {
  private readonly icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  private readonly quiet = this.icon?.href ?? "";
  private readonly busy = new URL(busy, import.meta.url).href;

  constructor(private readonly page: Page) {
    // Whole, or the browser would look for it where each chat stands.
    if (this.icon) this.icon.href = this.quiet;
  }

  readonly show = (): void => {
    const { conversation } = this.page;
    const going = conversation?.going !== undefined;
    const title = conversation?.chat ? `${titleOf(conversation.chat)} · Runnel` : "Runnel";
    const shown = going ? `… ${title}` : title;
    if (document.title !== shown) document.title = shown;
    const icon = going ? this.busy : this.quiet;
    if (this.icon && this.icon.href !== icon) this.icon.href = icon;
  };
}
