import type { ReactiveController, ReactiveControllerHost } from "lit";

/** State that tells those who watch it when it has changed: once for all changes of one turn. */
export class Observable {
  private readonly watchers = new Set<() => void>();
  private due = false;

  /** Call `watcher` after changes; returns what ends that. */
  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  protected changed(): void {
    if (this.due) return;
    this.due = true;
    queueMicrotask(() => {
      this.due = false;
      for (const watcher of [...this.watchers]) watcher();
    });
  }
}

/** Has a component rendered anew when what it shows has changed. */
export class Watch implements ReactiveController {
  private ends: (() => void)[] = [];

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly of: () => readonly Observable[],
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.ends = this.of().map((one) => one.watch(() => this.host.requestUpdate()));
  }

  hostDisconnected(): void {
    for (const end of this.ends) end();
    this.ends = [];
  }
}
