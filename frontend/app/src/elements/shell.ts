import { css } from "lit";

/** How the page is laid out: chats, the open one, its settings; on a phone the first and the last lie over it. */
export const shell = css`
  :host {
    display: grid;
    grid-template-columns: 16.5rem minmax(0, 1fr) auto;
    grid-template-rows: minmax(0, 1fr);
    block-size: 100dvh;
    background: var(--rn-page);
    color: var(--rn-ink);
  }
  .skip {
    position: absolute;
    inset-inline-start: var(--rn-space-2);
    inset-block-start: -4rem;
    z-index: 50;
  }
  .skip:focus {
    inset-block-start: var(--rn-space-2);
  }
  aside,
  main,
  rn-notes {
    grid-row: 1;
  }
  rn-notes {
    grid-column: 2;
    align-self: end;
    margin-block-end: 6.5rem;
  }
  aside {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--rn-sunken);
    border-inline-end: 1px solid var(--rn-line);
  }
  .panel {
    grid-column: 3;
    inline-size: 20rem;
    background: var(--rn-page);
    border-inline: 1px solid var(--rn-line);
    border-inline-end: 0;
  }
  rn-chat-list,
  rn-chat-settings {
    flex: 1;
    min-block-size: 0;
  }
  header,
  footer {
    flex: none;
    display: flex;
    align-items: center;
    gap: var(--rn-space-1);
    min-block-size: 3.25rem;
    padding-inline: var(--rn-space-3);
  }
  aside.chats > header {
    justify-content: space-between;
    padding-inline: var(--rn-space-4) var(--rn-space-2);
  }
  aside footer {
    border-block-start: 1px solid var(--rn-line);
    min-block-size: 3rem;
  }
  .brand {
    font-weight: 650;
    font-size: 1.0625rem;
    letter-spacing: -0.01em;
    color: inherit;
    text-decoration: none;
    border-radius: var(--rn-radius-small);
  }
  .panel header h2 {
    flex: 1;
    margin: 0;
    padding-inline-start: var(--rn-space-1);
    font-size: var(--rn-text);
    font-weight: 600;
  }
  main {
    grid-column: 2;
    position: relative;
    display: flex;
    flex-direction: column;
    min-inline-size: 0;
    min-block-size: 0;
  }
  main h1 {
    flex: 1 1 auto;
    min-inline-size: 0;
    margin: 0;
    padding-inline: var(--rn-space-1);
    font-size: var(--rn-text-small);
    font-weight: 550;
    text-align: -webkit-match-parent;
    text-align: match-parent; /* a title stands where the page begins, whichever way it reads */
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .menu {
    display: none;
  }
  .state,
  .going {
    font-size: var(--rn-text-tiny);
    color: var(--rn-quiet);
    white-space: nowrap;
  }
  .failed {
    font-size: var(--rn-text-tiny);
    color: var(--rn-danger);
  }
  .model {
    flex: none;
  }
  .model .name {
    max-inline-size: 20rem;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .body {
    flex: 1;
    min-block-size: 0;
    overflow-y: auto;
    display: flex;
    flex-direction: column;
  }
  rn-conversation.body {
    overflow: hidden;
  }
  .said {
    align-items: center;
    justify-content: center;
    gap: var(--rn-space-3);
    text-align: center;
    padding: var(--rn-gutter);
  }
  .said h2,
  .said p {
    margin: 0;
  }
  .said p {
    color: var(--rn-quiet);
  }
  .foot {
    flex: none;
    inline-size: 100%;
    overflow: hidden;
    scrollbar-gutter: stable both-edges; /* as the conversation has it: both stand in one column */
    padding-block: var(--rn-space-2) max(var(--rn-space-3), env(safe-area-inset-bottom));
  }
  rn-uploads,
  rn-scope,
  rn-composer {
    max-inline-size: calc(var(--rn-column) + 2 * var(--rn-gutter));
    margin-inline: auto;
    padding-inline: var(--rn-gutter);
  }
  .veil {
    position: fixed;
    inset: 0;
    z-index: 15;
    background: rgb(0 0 0 / 35%);
  }
  rn-compare,
  rn-shortcuts {
    display: contents;
  }
  @media (max-width: 75rem) {
    .panel {
      position: fixed;
      inset-block: 0;
      inset-inline-end: 0;
      z-index: 20;
      box-shadow: var(--rn-shadow);
      inline-size: min(20rem, 100vw - 2.5rem);
    }
  }
  @media (max-width: 48rem) {
    :host {
      grid-template-columns: minmax(0, 1fr);
    }
    main,
    rn-notes {
      grid-column: 1;
    }
    .menu {
      display: inline-flex;
    }
    aside.chats {
      position: fixed;
      inset-block: 0;
      inset-inline-start: 0;
      z-index: 20;
      inline-size: min(18rem, 100vw - 3rem);
      translate: -105% 0;
      transition: translate 160ms ease-out;
      box-shadow: var(--rn-shadow);
      visibility: hidden;
    }
    :host(:dir(rtl)) aside.chats {
      translate: 105% 0;
    }
    aside.chats.open {
      translate: 0 0 !important;
      visibility: visible;
    }
    .model .name {
      max-inline-size: 34vw;
    }
  }
`;
