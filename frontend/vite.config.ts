import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { gzipped } from "./gzip";

// `make web-dev` proxies to the server that `make up` starts; the built bundle is part of the Python package.
const server = `http://localhost:${process.env.DASHBOARD_PORT ?? 8080}`;

export default defineConfig({
  plugins: [react(), gzipped()],
  // Django serves it below STATIC_URL, whatever that is: links between files of the bundle are relative.
  base: "./",
  build: {
    outDir: process.env.SCHED_BUNDLE_DIR ?? "../workflows/dashboard/static/sched/dashboard",
    emptyOutDir: true,
    target: "es2023",
    // No data: URLs for fonts and pictures: the content security policy allows none for fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      "^/(api|admin|login|logout|static)(/|$)": { target: server },
      "/ws": { target: server, ws: true },
    },
  },
  test: { environment: "jsdom", include: ["src/**/*.test.{ts,tsx}"] },
});
