import { onlyGrew, type Turn } from "@runnel/ui";

/** The turns that were made: one in which nothing is another stays the object that it was, and so is not touched. */
export class Made {
  private readonly turns = new Map<string, Turn>();

  /** The turn that there was, where nothing in it is another. */
  kept(turn: Turn): Turn {
    const before = this.turns.get(turn.message.id);
    const same =
      before?.message === turn.message &&
      before.activity === turn.activity &&
      before.branch?.at === turn.branch?.at &&
      before.branch?.of === turn.branch?.of &&
      before.continues === turn.continues &&
      before.unheard?.join() === turn.unheard?.join() &&
      before.queued?.run === turn.queued?.run &&
      !before.queued === !turn.queued;
    if (same) return before;
    this.turns.set(turn.message.id, turn);
    return turn;
  }

  /** `turns` with more of an answer's text, where nothing else is another. */
  grown(turns: readonly Turn[], now: Pick<Turn, "message" | "activity">): readonly Turn[] | undefined {
    const at = turns.findLastIndex((turn) => turn.message.id === now.message.id);
    const before = turns[at];
    const { message, activity } = now;
    const turn = before && { ...before, message, ...(activity ? { activity } : {}) };
    if (!turn || !onlyGrew(before, turn)) return undefined;
    this.turns.set(message.id, turn);
    return turns.map((one, place) => (place === at ? turn : one));
  }
}
