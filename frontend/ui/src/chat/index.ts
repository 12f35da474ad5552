/** The view of a chat. Importing this defines its elements. */
export { Announcer } from "./announce.ts";
export { Branches } from "./branches.ts";
export { Composer } from "./composer.ts";
export { Conversation } from "./conversation.ts";
export { DocumentView } from "./document.ts";
export { Message } from "./message.ts";
export { PassageCard } from "./card.ts";
export { fileOf, pathOf, placeOf, textOf, whereIn, type Context } from "./passage.ts";
export type { DocumentText } from "./pieces.ts";
export { Sources } from "./sources.ts";
export { modelName } from "./saying.ts";
