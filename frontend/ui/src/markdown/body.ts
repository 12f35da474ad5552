/**
 * The blocks of an answer, in order. They stand in stretches: what is out of sight is neither laid out nor painted, a
 * stretch at a time, so that drawing an answer costs the same however long it is.
 */

const MANY = 32; // blocks of a stretch

/** Where blocks are put. */
export interface Room {
  append(block: Node): void;
}

export class Body implements Room {
  constructor(private readonly root: ShadowRoot) {
    this.#stretch();
  }

  get first(): ChildNode | null {
    return this.root.firstChild?.firstChild ?? null;
  }

  get last(): ChildNode | null {
    return this.root.lastChild?.lastChild ?? null;
  }

  next(block: Node): ChildNode | null {
    return block.nextSibling ?? block.parentNode?.nextSibling?.firstChild ?? null;
  }

  previous(block: Node): ChildNode | null {
    return block.previousSibling ?? block.parentNode?.previousSibling?.lastChild ?? null;
  }

  append(block: Node): void {
    const last = this.root.lastElementChild as Element;
    (last.childElementCount < MANY ? last : this.#stretch()).append(block);
  }

  remove(block: ChildNode): void {
    const stretch = block.parentElement;
    block.remove();
    if (stretch?.childElementCount === 0 && stretch !== this.root.firstChild) stretch.remove();
  }

  #stretch(): HTMLElement {
    const stretch = document.createElement("div");
    stretch.className = "body";
    this.root.append(stretch);
    return stretch;
  }
}
