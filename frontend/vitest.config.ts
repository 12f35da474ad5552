import { defineConfig } from "vitest/config";

// The client runs without a DOM, as it does outside browsers; components have one.
export default defineConfig({
  test: {
    // What it takes on a machine that does much else is no failure.
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: "client", include: ["client/tests/**/*.test.ts"], environment: "node" } },
      {
        extends: true,
        test: { name: "ui", include: ["ui/tests/**/*.test.ts", "app/tests/**/*.test.ts"], environment: "happy-dom" },
      },
    ],
  },
});
