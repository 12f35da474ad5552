import "@runnel/ui";
import { adoptTheme } from "@runnel/ui";

import "./elements/app.ts";
import "./elements/chat-list.ts";
import "./elements/chat-settings.ts";
import "./elements/documents.ts";
import "./elements/drop-zone.ts";
import "./elements/notes.ts";
import "./elements/scope.ts";
import "./elements/shortcuts.ts";
import "./elements/uploads.ts";
import "./elements/viewer.ts";
import "./elements/welcome.ts";
import { Page } from "./page.ts";
import { Places, rootOf } from "./places.ts";
import { startTheme } from "./theme.ts";
import { Title } from "./title.ts";

adoptTheme(document);
startTheme();
const page = new Page(new Places(rootOf(document)));
const app = document.createElement("rn-app");
app.page = page;
document.body.append(app);
app.addEventListener("rn-state", new Title(page).show);
page.start();
void app.updateComplete.then(() => {
  if (matchMedia("(pointer: fine)").matches) app.focus();
});
