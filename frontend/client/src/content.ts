/**
 * What the content of a message is while attempts fail, text is taken back and steps follow each other: that of the
 * last attempt that said anything, after what the steps before said. A new attempt withdraws nothing until it says
 * something. Lengths are in code points.
 */
export class ContentRule {
  length = 0;
  private stepLength = 0;
  private retrying = false;

  /** A step begins: what was said stays. */
  step(): void {
    this.stepLength = 0;
    this.retrying = false;
  }

  /** An attempt begins. */
  attempt(): void {
    this.retrying = true;
  }

  /** The attempt says so much text (0 where it says something else). Returns whether it is a new attempt's first word:
   * what the attempt before it said in this step is withdrawn. */
  say(length: number): boolean {
    const first = this.retrying;
    if (first) {
      this.retrying = false;
      this.length -= this.stepLength;
      this.stepLength = 0;
    }
    this.length += length;
    this.stepLength += length;
    return first;
  }

  /** The last `count` are taken back; returns how many there were to take. */
  retract(count: number): number {
    count = Math.max(0, Math.min(count, this.length));
    this.length -= count;
    this.stepLength = Math.max(0, this.stepLength - count);
    return count;
  }
}
