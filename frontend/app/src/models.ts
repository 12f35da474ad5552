import type { Api, Model } from "@runnel/client";

import type { Notices } from "./notices.ts";
import { Observable } from "./observable.ts";

/** The models that may be chosen, and how to get a better one. */
export class Models extends Observable {
  all: readonly Model[] = [];
  advice: string | undefined;

  constructor(
    private readonly api: Api,
    private readonly notices: Notices,
  ) {
    super();
  }

  get default(): Model | undefined {
    return this.all.find((one) => one.default) ?? this.all[0];
  }

  named(name: string | undefined): Model | undefined {
    return name === undefined ? this.default : this.all.find((one) => one.name === name);
  }

  async load(): Promise<void> {
    try {
      const offered = await this.api.models();
      this.all = offered.models;
      this.advice = offered.advice;
      this.changed();
    } catch (error) {
      this.notices.problem(error, "The models cannot be read");
    }
  }
}
