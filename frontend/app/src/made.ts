import type { Turn } from "@runnel/ui";

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
}
