// What is watched where times are not taken: nodes that change, and moments at which a frame was drawn.
window.watched = { added: 0, removed: 0, changed: 0, frames: 0, dropped: 0, looking: false };
(() => {
  const seen = new WeakSet();
  const said = window.watched;
  const size = (node) => {
    let count = 1;
    for (const child of node.childNodes) count += size(child);
    if (node.shadowRoot) {
      look(node.shadowRoot);
      for (const child of node.shadowRoot.childNodes) count += size(child);
    }
    return count;
  };
  const heard = (records) => {
    for (const { type, addedNodes, removedNodes } of records) {
      if (type !== "childList") said.changed++;
      for (const node of addedNodes) said.added += size(node);
      said.removed += removedNodes.length;
    }
  };
  const observer = new MutationObserver(heard);
  const look = (root) => {
    if (seen.has(root)) return;
    seen.add(root);
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  };
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (init) {
    const root = attach.call(this, { ...init, mode: "open" });
    look(root);
    return root;
  };
  look(document);
  let last = 0;
  const frame = (now) => {
    if (!said.looking) return;
    if (last) {
      said.frames++;
      said.dropped += Math.max(0, Math.round((now - last) / (1000 / 60)) - 1);
    }
    last = now;
    requestAnimationFrame(frame);
  };
  // It is looked for frames while this is so.
  window.look = (looking) => {
    said.looking = looking;
    last = 0;
    requestAnimationFrame(frame);
  };
})();
