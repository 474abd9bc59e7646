import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import react from "@vitejs/plugin-react";

const SOURCES = ["index.html", "package.json", "tsconfig.json", "vite.config.ts"];

// Writes down what was built from, so that a stale `dist` is found without building.
const sources = (): Plugin => ({
  name: "sources",
  closeBundle() {
    const inside = readdirSync("src").sort().map((name) => `src/${name}`);
    const hash = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    const lines = [...SOURCES, ...inside].map((path) => `${hash(path)}  ${path}\n`);
    writeFileSync("dist/sources.sha256", lines.join(""));
  },
});

export default defineConfig({ plugins: [react(), sources()], build: { modulePreload: false } });
