/** How the console is built: one page, its scripts and its styles, none of them inline, nothing from elsewhere. */

import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const client = fileURLToPath(new URL("../typescript/src", import.meta.url));

export default defineConfig({
  // Wherever the page is mounted, its files are beside it.
  base: "./",
  resolve: {
    alias: [
      { find: /^@chronovisor\/client$/, replacement: `${client}/web.ts` },
      { find: /^@chronovisor\/gen\//, replacement: `${client}/gen/` },
    ],
  },
  esbuild: { jsx: "automatic", jsxImportSource: "preact" },
  build: {
    target: "es2022",
    outDir: "dist",
    emptyOutDir: true,
    // A strict Content-Security-Policy has neither inline scripts nor data URIs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 1000,
  },
});
