import { Observable } from "./observable.ts";

/** Two messages that could stand in one place of a chat. */
export interface Pair {
  readonly left: string;
  readonly right: string;
}

/** What the page shows, as its address says. `message` of a chat is the one that is to be seen; those that it `compares`
 * stand side by side over it. */
export type Place =
  | { readonly kind: "new" }
  | { readonly kind: "chat"; readonly id: string; readonly message?: string; readonly compares?: Pair }
  | { readonly kind: "run" | "message"; readonly id: string }
  | { readonly kind: "document"; readonly id: string; readonly start?: number; readonly end?: number };

const KINDS = { chats: "chat", runs: "run", messages: "message", documents: "document" } as const;

/** Where the page's own folder is: its icon lies there, whatever path a proxy has put before it. */
export function rootOf(document: Document): URL {
  const icon = document.querySelector<HTMLLinkElement>("link[rel=icon]");
  return new URL(".", icon?.href ?? document.baseURI);
}

/** The place that an address names; where it names none, a new chat. */
export function placeOf(url: URL, root: URL): Place {
  if (!url.pathname.startsWith(root.pathname)) return { kind: "new" };
  const [folder = "", id = "", more] = url.pathname.slice(root.pathname.length).split("/");
  const kind = Object.hasOwn(KINDS, folder) ? KINDS[folder as keyof typeof KINDS] : undefined;
  if (!kind || !id || more !== undefined) return { kind: "new" };
  if (kind === "chat") {
    const [left, right] = [url.searchParams.get("left"), url.searchParams.get("right")];
    const message = url.hash.slice(1);
    return { kind, id, ...(message ? { message } : {}), ...(left && right ? { compares: { left, right } } : {}) };
  }
  if (kind !== "document") return { kind, id };
  const number = (name: string) => {
    const given = Number(url.searchParams.get(name) ?? NaN);
    return Number.isInteger(given) && given >= 0 ? { [name]: given } : {};
  };
  return { kind, id, ...number("start"), ...number("end") };
}

/** The address of a place. */
export function urlOf(place: Place, root: URL): string {
  switch (place.kind) {
    case "new":
      return root.href;
    case "chat": {
      const query = place.compares ? `?${new URLSearchParams({ ...place.compares }).toString()}` : "";
      return new URL(`chats/${place.id}${query}${place.message ? `#${place.message}` : ""}`, root).href;
    }
    case "document": {
      const url = new URL(`documents/${place.id}`, root);
      for (const name of ["start", "end"] as const) {
        const value = place[name];
        if (value !== undefined) url.searchParams.set(name, String(value));
      }
      return url.href;
    }
    default:
      return new URL(`${place.kind}s/${place.id}`, root).href;
  }
}

/** The address bar, and the browser's way back and forth. */
export class Places extends Observable {
  now: Place;
  /** The way back has taken away what lay over the place. */
  onUncovered: (() => void) | undefined;
  private at = location.href;

  constructor(readonly root: URL) {
    super();
    this.now = placeOf(new URL(location.href), root);
    addEventListener("popstate", () => {
      if (location.href === this.at) {
        this.onUncovered?.();
        return;
      }
      this.at = location.href;
      this.now = placeOf(new URL(location.href), this.root);
      this.changed();
    });
  }

  /** Something lies over the place from now on: the browser's way back takes it away, as on a phone one would. */
  cover(): void {
    if (!isCovered()) history.pushState({ covered: true }, "");
  }

  /** It was taken away otherwise. */
  uncover(): void {
    if (isCovered()) history.back();
  }

  /** Go there; `replace` what the address was, where it only said the same less directly. `opens`: the place lies over
   * the one before, and is left by `leave`. */
  go(place: Place, { replace = false, opens = false } = {}): void {
    const url = urlOf(place, this.root);
    if (replace) history.replaceState(history.state, "", url);
    else if (url !== location.href) history.pushState(opens ? { opened: true } : null, "", url);
    this.at = location.href;
    this.now = place;
    this.changed();
  }

  /** Leave what was opened over a place: the way back, or on to that `place` for who came by a link. */
  leave(place: Place): void {
    if ((history.state as { readonly opened?: boolean } | null)?.opened) history.back();
    else this.go(place, { replace: true });
  }

  href(place: Place): string {
    return urlOf(place, this.root);
  }

  /** Take over a click on a link to a place here, unless it is meant for another tab. */
  onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.composedPath().find((one): one is HTMLAnchorElement => one instanceof HTMLAnchorElement);
    if (!link?.href || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    if (url.origin !== location.origin) return;
    const place = placeOf(url, this.root);
    if (place.kind === "new" && url.href !== this.root.href) return;
    event.preventDefault();
    this.go(place);
  };
}

function isCovered(): boolean {
  return (history.state as { readonly covered?: boolean } | null)?.covered === true;
}
