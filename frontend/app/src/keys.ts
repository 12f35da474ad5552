const CONTROL = /^(Mac|iP)/.test(navigator.platform) ? "⌘" : "Ctrl";

/** What keys do, for people. */
export const SHORTCUTS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [["Enter"], "Ask; while an answer is made, tell it something"],
  [["Shift", "Enter"], "A new line"],
  [["Esc"], "Stop the answer; close what is open"],
  [[CONTROL, "K"], "Search chats"],
  [[CONTROL, "Shift", "O"], "New chat"],
  [["F2"], "Rename the chat that is in focus in the list"],
  [["Del"], "Delete it"],
  [["?"], "This list"],
];

export type Command = "search" | "new" | "shortcuts" | "stop";

/** The command that a key means, wherever on the page it is pressed. */
export function commandOf(event: KeyboardEvent): Command | undefined {
  if (event.isComposing || event.altKey) return undefined;
  const control = event.ctrlKey || event.metaKey;
  const key = event.key.toLowerCase();
  if (control && !event.shiftKey && key === "k") return "search";
  if (control && event.shiftKey && key === "o") return "new";
  if (control) return undefined;
  if (event.key === "Escape") return "stop";
  if (event.key === "?" && !isWriting(event)) return "shortcuts";
  return undefined;
}

function isWriting(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return target instanceof HTMLElement && (target.matches("input, textarea, select") || target.isContentEditable);
}
