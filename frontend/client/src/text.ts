/** Text that grows by small pieces and may lose its end again, at a constant cost a piece. */

// So many UTF-16 units make a block: losing the end looks at the last one, mostly.
const BLOCK = 4096;

/** The length of a text in Unicode code points, in which the vocabulary counts. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length - 1; at++) {
    if (isPair(text, at)) {
      count--;
      at++;
    }
  }
  return count;
}

/** The place in UTF-16 units that lies `count` code points before the end of `text`, and how many there were not. */
function before(text: string, count: number): { at: number; missing: number } {
  let at = text.length;
  for (; count > 0 && at > 0; count--) at -= at > 1 && isPair(text, at - 2) ? 2 : 1;
  return { at, missing: count };
}

function isPair(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
}

export class GrowingText {
  /** In UTF-16 units. */
  length = 0;
  // What comes before the tail, as the text up to the end of each block: engines hold these as trees, not as copies.
  private readonly heads: string[] = [];
  private readonly blocks: string[] = [];
  private tail = "";

  append(piece: string): void {
    this.tail += piece;
    this.length += piece.length;
    if (this.tail.length >= BLOCK) {
      this.heads.push((this.heads.at(-1) ?? "") + this.tail);
      this.blocks.push(this.tail);
      this.tail = "";
    }
  }

  /** Lose the last `count` code points, or all there are; returns how many of `count` there were not. */
  takeBack(count: number): number {
    while (count > 0) {
      if (this.tail === "") {
        const block = this.blocks.pop();
        if (block === undefined) return count;
        this.heads.pop();
        this.tail = block;
      }
      const { at, missing } = before(this.tail, count);
      this.length -= this.tail.length - at;
      this.tail = this.tail.slice(0, at);
      count = missing;
    }
    return 0;
  }

  toString(): string {
    return (this.heads.at(-1) ?? "") + this.tail;
  }
}
