/** How the console is built: one page, its scripts and its styles, none of them inline, nothing from elsewhere. */

import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin } from "vite";

const client = fileURLToPath(new URL("../typescript/src", import.meta.url));

/** In xterm.js, what the page's policy forbids, and how the same is done by CSSOM. Fails where a new version has other code. */
const BY_CSSOM: readonly (readonly [forbidden: string, allowed: string])[] = [
  ['createElement("style")', 'createElement("adopted-style")'],
  ['.setAttribute("style",', ".style.cssText=("],
];

const strictStyles: Plugin = {
  name: "strict-styles",
  transform(code, id) {
    if (!id.includes("/@xterm/xterm/") || !id.endsWith("js")) return null;
    let changed = code;
    for (const [forbidden, allowed] of BY_CSSOM) {
      if (!changed.includes(forbidden)) throw new Error(`${forbidden} is not in ${id} any more`);
      changed = changed.replaceAll(forbidden, allowed);
    }
    return { code: changed, map: null };
  },
};

export default defineConfig({
  plugins: [strictStyles],
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
