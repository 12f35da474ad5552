import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

// The client in one file, for pages and programs that are not built: dist/runnel-client.js.
export default defineConfig({
  build: {
    lib: {
      entry: fileURLToPath(new URL("src/index.ts", import.meta.url)),
      formats: ["es"],
      fileName: () => "runnel-client.js",
    },
    target: "es2022",
    minify: false,
    reportCompressedSize: false,
  },
});
