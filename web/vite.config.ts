import { defineConfig } from "vite";

/* PF_API: where `npm run dev` finds a console with a host behind it. */
const upstream = "https://127.0.0.1:47992";

export default defineConfig({
  esbuild: { jsx: "automatic", jsxImportSource: "preact", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the content security policy knows no data: but for pictures
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: false,
  },
  server: {
    proxy: {
      "/api": { target: upstream, secure: false },
      "/_auth": { target: upstream, secure: false },
    },
  },
});
