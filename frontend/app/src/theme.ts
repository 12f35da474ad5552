export type Theme = "system" | "light" | "dark";

const KEY = "runnel.theme";
const THEMES: readonly Theme[] = ["system", "light", "dark"];

/** What was chosen, on this machine. */
export function theme(): Theme {
  const kept = stored();
  return THEMES.find((one) => one === kept) ?? "system";
}

/** Show the page so, now and when it is opened again. */
export function setTheme(chosen: Theme): void {
  try {
    if (chosen === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing shows it until the page is closed.
  }
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

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
