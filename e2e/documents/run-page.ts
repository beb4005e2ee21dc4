import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isPutOff } from "../shop/client.ts";
import { type CurlRequest, curlRequest } from "./curl.ts";
import { type Exchange, exchangesIn } from "./page.ts";
import { mismatch, type Names } from "./pattern.ts";

const repository = resolve(import.meta.dirname, "../..");
/** Until what was changed has reached everybody. */
const patienceMs = 60_000;

type Answer = { readonly status: number; readonly text: string };

/**
 * Sends every request that a page shows, one after another, and compares what is answered with what the page says. What may be asked twice
 * is asked until it is so: what one service was told another knows a moment later.
 * @param known what the page may use without saying where it comes from: the shop's address, tokens
 * @throws Error with the line of the page, what is wrong, and the whole answer
 */
export async function runPage(file: string, known: Names): Promise<number> {
  const exchanges = exchangesIn(await readFile(join(repository, file), "utf8"));
  const names = new Map(known);
  for (const exchange of exchanges) await runExchange(`${file}:${exchange.line}`, exchange, names);
  return exchanges.length;
}

async function runExchange(place: string, { command, status, answer }: Exchange, names: Map<string, string>) {
  for (const until = performance.now() + patienceMs; ; await delay(100)) {
    const request = curlRequest(command, names);
    const got = await send(request);
    const found = new Map(names);
    const wrong =
      got.status !== status
        ? `the status is ${got.status}, and not ${status}`
        : answer && mismatch(answer, got.text === "" ? null : JSON.parse(got.text), found);
    if (wrong === undefined) {
      for (const [name, meaning] of found) names.set(name, meaning);
      return;
    }
    const mayRepeat = ["GET", "PUT"].includes(request.method) || isPutOff(got);
    if (!mayRepeat || performance.now() > until)
      throw new Error(`${place}: ${wrong}\n$ ${command}\n${got.status} ${got.text}`);
  }
}

async function send({ method, url, headers, body }: CurlRequest): Promise<Answer> {
  const content = body && ("file" in body ? await readFile(join(repository, body.file)) : body.text);
  const response = await fetch(url, { method, headers, ...(content !== undefined && { body: content }) });
  return { status: response.status, text: await response.text() };
}
