import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build } from "vite";
import { pages } from "./pages.ts";

/** What shrinks. */
const texts = new Set([".js", ".css", ".svg", ".json", ".txt", ".webmanifest"]);
const smallestBytes = 512;

/**
 * Builds the storefront into a folder that the gateway can serve: hashed files, each with a compressed twin or two, the document, and
 * the list of addresses that it draws. `node build.ts FOLDER`
 */
async function buildInto(folder: string): Promise<void> {
  await build({
    configFile: join(import.meta.dirname, "vite.config.ts"),
    configLoader: "native",
    logLevel: "warn",
    build: { outDir: folder, emptyOutDir: true },
  });
  await writeFile(join(folder, "pages.json"), JSON.stringify(Object.values(pages)));
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries
      .filter((entry) => entry.isFile() && texts.has(extname(entry.name)))
      .map(({ parentPath, name }) => compress(join(parentPath, name))),
  );
}

async function compress(file: string): Promise<void> {
  const content = await readFile(file);
  if (content.length < smallestBytes) return;
  const [brotli, zipped] = await Promise.all([
    promisify(brotliCompress)(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  await Promise.all([writeFile(`${file}.br`, brotli), writeFile(`${file}.gz`, zipped)]);
}

const [, , folder] = process.argv;
if (folder === undefined) throw new Error("say where to: node build.ts FOLDER");
await buildInto(folder);
