import { remember, remembered } from "./remembered.ts";

export type Theme = "system" | "light" | "dark";

const KEY = "runnel.theme";
const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** What was chosen, on this machine. */
export function theme(): Theme {
  const kept = remembered(KEY);
  return THEMES.find((one) => one === kept) ?? "system";
}

/** Show the page so, now and when it is opened again. */
export function setTheme(chosen: Theme): void {
  remember(KEY, chosen === "system" ? undefined : chosen);
  show(chosen);
}

/** Show what was chosen; other tabs follow. */
export function startTheme(): void {
  show(theme());
  addEventListener("storage", (event) => {
    if (event.key === KEY) show(theme());
  });
}

function show(chosen: Theme): void {
  if (chosen === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = chosen;
}
