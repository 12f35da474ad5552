import { defineConfig } from "vitest/config";

// The client runs without a DOM, as it does outside browsers; components have one.
export default defineConfig({
  test: {
    projects: [
      { test: { name: "client", include: ["client/tests/**/*.test.ts"], environment: "node" } },
      { test: { name: "ui", include: ["ui/tests/**/*.test.ts", "app/tests/**/*.test.ts"], environment: "happy-dom" } },
    ],
  },
});
