/** What components tell: CustomEvents that bubble and cross shadow roots, each with its own kind of `detail`. */
import type { Source } from "@runnel/client";

import type { Context } from "./chat/passage.ts";

/** The events of the components by name, with their `detail`. `message` and `run` are ids. */
export interface Details {
  /** Ask this, with these files beside it. */
  "rn-send": { readonly text: string; readonly files: readonly File[] };
  /** Say this to the answer that is being made. */
  "rn-steer": { readonly text: string };
  /** Stop the answer that is being made. */
  "rn-stop": null;
  /** Answer the question of this message again. */
  "rn-retry": { readonly message: string };
  /** Go on where this answer was cut. */
  "rn-continue": { readonly message: string };
  /** The question of this answer is to be edited; `<rn-conversation>` opens it, unless that is prevented. */
  "rn-rephrase": { readonly message: string };
  /** Ask this question of the user's otherwise. */
  "rn-edit": { readonly message: string; readonly text: string };
  /** Show the branch at place `to` (from 1) of those that `message` is one of. */
  "rn-branch": { readonly message: string; readonly to: number };
  /** Show `message` beside another of those that it is one of. */
  "rn-compare": { readonly message: string };
  /** Another chat is to go on from this message. */
  "rn-fork": { readonly message: string };
  /** A call may be carried out, perhaps with other arguments, or not. */
  "rn-approve": {
    readonly run: string;
    readonly call: string;
    readonly approve: boolean;
    readonly arguments?: Readonly<Record<string, unknown>>;
    readonly note?: string;
  };
  /** The question that `run` is to answer need not be asked; its `text` is given back. */
  "rn-unask": { readonly run: string; readonly text: string };
  /** The answer to what a tool asked. */
  "rn-reply": { readonly run: string; readonly input: string; readonly text: string };
  /** Files were attached; `skipped` were left out already. Pictures among them go with the next question. */
  "rn-attach": { readonly files: readonly File[]; readonly skipped?: number };
  /** Show the document of this source at its passage; `context` says which of its words matter. */
  "rn-open-source": { readonly source: Source; readonly number: number; readonly context?: Context };
  /** The details of what a run did are wanted: it is answered by a turn with `activity`. */
  "rn-want-activity": { readonly run: string };
  /** Turns before the first that is shown are wanted. */
  "rn-want-earlier": null;
  /** More of the document's text is wanted: code points `start` to `end`. */
  "rn-want-text": { readonly start: number; readonly end: number };
  /** What is shown over the page may go. */
  "rn-close": null;
}

export type Name = keyof Details;

/** The event `name`. A listener may prevent what the component would do by itself. */
export function told<N extends Name>(name: N, detail: Details[N]): CustomEvent<Details[N]> {
  return new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true });
}

declare global {
  interface GlobalEventHandlersEventMap {
    "rn-send": CustomEvent<Details["rn-send"]>;
    "rn-steer": CustomEvent<Details["rn-steer"]>;
    "rn-stop": CustomEvent<Details["rn-stop"]>;
    "rn-retry": CustomEvent<Details["rn-retry"]>;
    "rn-continue": CustomEvent<Details["rn-continue"]>;
    "rn-rephrase": CustomEvent<Details["rn-rephrase"]>;
    "rn-edit": CustomEvent<Details["rn-edit"]>;
    "rn-fork": CustomEvent<Details["rn-fork"]>;
    "rn-branch": CustomEvent<Details["rn-branch"]>;
    "rn-compare": CustomEvent<Details["rn-compare"]>;
    "rn-approve": CustomEvent<Details["rn-approve"]>;
    "rn-unask": CustomEvent<Details["rn-unask"]>;
    "rn-reply": CustomEvent<Details["rn-reply"]>;
    "rn-attach": CustomEvent<Details["rn-attach"]>;
    "rn-open-source": CustomEvent<Details["rn-open-source"]>;
    "rn-want-activity": CustomEvent<Details["rn-want-activity"]>;
    "rn-want-earlier": CustomEvent<Details["rn-want-earlier"]>;
    "rn-want-text": CustomEvent<Details["rn-want-text"]>;
    "rn-close": CustomEvent<Details["rn-close"]>;
  }
}
