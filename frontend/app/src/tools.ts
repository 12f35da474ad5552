import type { Api, Offer } from "@runnel/client";

import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";

/** The tools that chats may be given. */
export class Tools extends Observable {
  all: readonly Offer[] = [];
  private loading: Promise<void> | undefined;

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {
    super();
  }

  /** Find out what there is, unless that is known. */
  load(): Promise<void> {
    return (this.loading ??= this.read());
  }

  /** Those that a new chat has: all that can be used. */
  get usable(): readonly string[] {
    return this.all.filter((one) => one.reason === undefined).map((one) => one.name);
  }

  private async read(): Promise<void> {
    try {
      this.all = (await this.api.tools()).tools;
      this.changed();
    } catch (error) {
      this.loading = undefined;
      this.notices.problem(error, "The tools cannot be read");
    }
  }
}
