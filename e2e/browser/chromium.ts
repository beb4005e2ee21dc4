import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** Where Chromium, or what is made of it, is usually installed. */
const usual = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/microsoft-edge",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
];

/** Nothing but the page itself may use the network, and nothing is left behind. */
const flags = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** The program that `SOUK_BROWSER` names, or one that is installed; undefined when there is none. */
export const browserProgram = (): string | undefined =>
  [process.env["SOUK_BROWSER"], ...usual].find((path) => path !== undefined && isProgram(path));

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // not there, or not ours to run: the next one then
  }
}

/** Chromium refuses to sandbox what root starts. */
export const openBrowser = (program: string): Promise<Browser> =>
  chromium.launch({
    executablePath: program,
    chromiumSandbox: process.getuid?.() !== 0,
    args: flags,
  });
