// Follows every link of a site: each must answer, each page must be valid HTML, small, and show no
// mail address but those that are the lists'.
//
//   node crawl.mjs BASE [--lists a@b,c@d] [--most 20000] [--start /a,/b]
import { HtmlValidate } from "html-validate";
import { end, links, options, route, wrong } from "./lib.mjs";

const MOST_BYTES = 60 * 1024;
/** How many pages of one route are validated; all are followed. */
const VALIDATED = 6;

const { named, rest } = options();
const base = rest[0].replace(/\/$/, "");
const allowed = new Set((named.lists ?? "").split(",").map((one) => one.toLowerCase()));
const most = Number(named.most ?? 20000);
const validator = new HtmlValidate({
  extends: ["html-validate:standard", "html-validate:a11y"],
  rules: {
    // Style, not validity.
    "no-inline-style": "error",
    "void-style": "off",
    "long-title": "off",
    "attribute-boolean-style": "off",
    "no-trailing-whitespace": "off",
    "tel-non-breaking": "off",
    "require-sri": "off",
    // `<nav>` has an implicit role; several of them are told apart by aria-label.
    "no-redundant-role": "off",
    "prefer-native-element": "off",
    "text-content": "off",
  },
});

const queue = (named.start ?? "/").split(",").map((path) => base + path);
const seen = new Map(queue.map((url) => [url, "the start"]));
const anchors = new Map();
const wantedAnchors = [];
const validated = new Map();
let pages = 0;
let largest = [0, ""];

async function look(url) {
  const from = seen.get(url);
  let answer;
  try {
    answer = await fetch(url, { redirect: "manual", headers: { "accept-encoding": "identity" } });
  } catch (error) {
    wrong(url, `no answer (${error.cause?.code ?? error.message}), linked from ${from}`);
    return;
  }
  if (answer.status >= 300 && answer.status < 400) {
    follow(answer.headers.get("location"), url);
    await answer.arrayBuffer();
    return;
  }
  if (answer.status !== 200) {
    wrong(url, `${answer.status}, linked from ${from}`);
    await answer.arrayBuffer();
    return;
  }
  const kind = answer.headers.get("content-type") ?? "";
  const text = await answer.text();
  // A calendar's UID looks like an address and is none (RFC 5545 §3.8.4.7).
  const shown = text.replaceAll("&#39;", "'").replace(/^UID:.*$/gm, "");
  for (const [address] of shown.matchAll(/[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+/g)) {
    const own = address.toLowerCase().replace(/-(join|leave|request|owner|confirm|why)@/, "@");
    if (!allowed.has(own)) wrong(url, `shows the address ${address}`);
  }
  if (!kind.startsWith("text/html")) return;
  pages += 1;
  const bytes = Buffer.byteLength(text);
  if (bytes > largest[0]) largest = [bytes, url];
  if (bytes > MOST_BYTES) wrong(url, `${bytes} bytes, more than ${MOST_BYTES}`);
  anchors.set(url, new Set([...text.matchAll(/\sid="([^"]*)"/g)].map((found) => found[1])));
  for (const link of links(text)) follow(link, url);
  const times = validated.get(route(url)) ?? 0;
  validated.set(route(url), times + 1);
  if (times < VALIDATED) {
    const report = await validator.validateString(text, url);
    for (const result of report.results) {
      for (const one of result.messages) {
        wrong(route(url), `HTML ${one.ruleId}: ${one.message} (${url}:${one.line})`);
      }
    }
  }
}

function follow(link, from) {
  if (!link || link.startsWith("mailto:") || link.startsWith("irc")) return;
  const url = new URL(link, from);
  if (url.origin !== base) return;
  if (url.hash) wantedAnchors.push([url.href, from]);
  url.hash = "";
  if (seen.has(url.href) || seen.size >= most) return;
  seen.set(url.href, from);
  queue.push(url.href);
}

// Eight at once; whoever has nothing to do waits for what the others find.
let busy = 0;
async function work() {
  for (;;) {
    const url = queue.shift();
    if (url) {
      busy += 1;
      await look(url);
      busy -= 1;
    } else if (busy === 0) {
      return;
    } else {
      await new Promise((done) => setTimeout(done, 10));
    }
  }
}
await Promise.all(Array.from({ length: 8 }, work));

for (const [wanted, from] of wantedAnchors) {
  const [page, anchor] = wanted.split("#");
  const known = anchors.get(page);
  if (known && anchor && !known.has(decodeURIComponent(anchor))) wrong(from, `leads to ${wanted}, which has no such place`);
}
end(`${seen.size} addresses, ${pages} pages of ${validated.size} routes, the largest ${largest[0]} bytes (${largest[1]})`);
