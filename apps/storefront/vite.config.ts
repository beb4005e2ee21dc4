import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { endpointsPlugin } from "./build/endpoints.ts";

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), endpointsPlugin()],
  clearScreen: false,
  build: {
    target: "es2023",
    modulePreload: { polyfill: false },
    // A data: URL in a style sheet is one more thing for the content security policy to allow.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What every page needs in one file: a dozen small ones compress worse, and each is a request.
        codeSplitting: {
          groups: [
            {
              name: "shop",
              test: /node_modules|[\\/]apps[\\/](ui|storefront[\\/](api|art|components|state|i18n[\\/](en|index)|router|pages[\\/](home|not-found)))/,
              tags: ["$initial"],
            },
          ],
        },
      },
    },
  },
});
