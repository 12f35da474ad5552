import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

import { defineConfig, type Plugin } from "vite";

const server = process.env["RUNNEL_URL"] ?? "http://127.0.0.1:8642";

// Bytes, compressed, of what has to be there before the page can be used.
const FIRST_LOAD = 150_000;

/** Says how much the first load is, and refuses to build a page that loads more. */
function firstLoad(): Plugin {
  return {
    name: "first-load",
    generateBundle(_, bundle) {
      const all = Object.values(bundle);
      const first = new Set(
        all.flatMap((one) => (one.type === "chunk" && one.isEntry ? [one.fileName, ...one.imports] : [])),
      );
      const size = all
        .filter((one) => first.has(one.fileName) || /\.(css|html)$/.test(one.fileName))
        .reduce((sum, one) => sum + gzipSync(one.type === "chunk" ? one.code : one.source).length, 0);
      this.info(`the first load is ${(size / 1000).toFixed(1)} kB compressed, of ${FIRST_LOAD / 1000}`);
      if (size > FIRST_LOAD) this.error(`the first load is ${size} bytes compressed, more than ${FIRST_LOAD}`);
    },
  };
}

export default defineConfig({
  plugins: [firstLoad()],
  base: "./", // the page works under any path that it is served at
  build: {
    outDir: fileURLToPath(new URL("../../src/runnel/server/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's Content-Security-Policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  worker: { format: "es" },
  server: {
    proxy: { "/api": { target: server, ws: true }, "/login": server, "/logout": server, "/openapi.json": server },
  },
});
