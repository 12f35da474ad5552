import { fileURLToPath } from "node:url";

import { defineConfig, type Plugin } from "vite";

/** What `tsc -p client/tsconfig.types.json` writes is in a folder of its own: this leads there. */
function types(): Plugin {
  return {
    name: "types",
    generateBundle() {
      const source = 'export * from "./types/index.ts";\n';
      this.emitFile({ type: "asset", fileName: "runnel-client.d.ts", source });
    },
  };
}

// The client in one file, for pages and programs that are not built: dist/runnel-client.js.
export default defineConfig({
  plugins: [types()],
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
