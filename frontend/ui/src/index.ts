/** The web components of a chat; importing this defines them. */
export type { Details, Name } from "./events.ts";
export { told } from "./events.ts";
export { icon, type Icon } from "./icons.ts";
export { adoptTheme, common, tokens } from "./theme.ts";
export { ActivityFold, NO_ACTIVITY, contentOf, ended, onlyGrew, type Activity, type Turn } from "./turns.ts";
export * from "./chat/index.ts";
export { RnMarkdown } from "./markdown/element.ts";
