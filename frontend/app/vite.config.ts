import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const server = process.env["RUNNEL_URL"] ?? "http://127.0.0.1:8642";

export default defineConfig({
  base: "./", // the page works under any path that it is served at
  build: {
    outDir: fileURLToPath(new URL("../../src/runnel/server/web", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0, // the page's Content-Security-Policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: {
    proxy: { "/api": { target: server, ws: true }, "/login": server, "/logout": server, "/openapi.json": server },
  },
});
