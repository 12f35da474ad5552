import type { Api, Model } from "@runnel/client";

import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";
import { remember, remembered } from "./remembered.ts";

/** The model that needs none: it quotes. */
export const QUOTES = "excerpts";

const KEY = "runnel.model";

/** The models that may be chosen, and which is asked where a chat names none. */
export class Models extends Observable {
  all: readonly Model[] = [];

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {
    super();
  }

  /** What new chats are asked: what was chosen here last, while it can be used, or the server's own choice. */
  get default(): Model | undefined {
    const chosen = remembered(KEY);
    return (
      this.all.find((one) => one.usable && one.name === chosen) ?? this.all.find((one) => one.default) ?? this.all[0]
    );
  }

  /** Models that write answers of their own. */
  get writing(): readonly Model[] {
    return this.all.filter((one) => one.usable && one.name !== QUOTES);
  }

  /** Whether a model can be shown pictures, as far as one knows. */
  takesPictures(name: string | undefined): boolean {
    return this.all.find((one) => one.name === name)?.pictures !== false;
  }

  /** Ask this one in new chats, from now on. */
  prefer(name: string): void {
    remember(KEY, name === this.all.find((one) => one.default)?.name ? undefined : name);
    this.changed();
  }

  async load(): Promise<void> {
    try {
      this.all = (await this.api.models()).models;
      this.changed();
    } catch (error) {
      this.notices.problem(error, "The models cannot be read");
    }
  }
}
