// What the checks share: a Chromium, the links of a page, findings.
import { chromium } from "playwright-core";

/** The browser that Debian packages; CHROMIUM names another one. */
export async function browser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync",
      "--disable-dev-shm-usage", "--force-color-profile=srgb",
    ],
  });
}

/** What is wrong, one line each; the process fails when there is anything. */
export const findings = [];
export function wrong(where, what) {
  const line = `${where}: ${what}`;
  if (!findings.includes(line)) findings.push(line);
}

/** Ends the check. */
export function end(what) {
  for (const line of findings) console.log(`WRONG ${line}`);
  console.log(`${what}; ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
export const decode = (text) => text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name) => ENTITIES[name]);

/** Where a page's links lead. */
export function links(html) {
  return [...html.matchAll(/<(?:a|link)\s[^>]*?href="([^"]*)"/g)].map((found) => decode(found[1]));
}

/** The route of an address: what is the same for all pages that one handler makes. */
export function route(url) {
  const { pathname, searchParams } = new URL(url);
  const path = pathname
    .replace(/\/m\/[0-9-]+(\/log)?$/, "/m/SLUG$1")
    .replace(/\/m\/[0-9-]+\.(.+)$/, "/m/SLUG.$1")
    .replace(/^\/p\/[0-9]+$/, "/p/N")
    .replace(/^\/(actions|notices)\/[0-9]+$/, "/$1/N")
    .replace(/^\/meetings\/[0-9]+$/, "/meetings/YEAR")
    .replace(/^\/projects\/.+$/, "/projects/NAME")
    .replace(/^\/static\/.*$/, "/static");
  const keys = [...new Set(searchParams.keys())].sort().join("&");
  return keys ? `${path}?${keys}` : path;
}

/** The arguments: `--name value` pairs, and the rest. */
export function options() {
  const named = {};
  const rest = [];
  for (let at = 2; at < process.argv.length; at += 1) {
    const word = process.argv[at];
    if (word.startsWith("--")) named[word.slice(2)] = process.argv[(at += 1)];
    else rest.push(word);
  }
  return { named, rest };
}
