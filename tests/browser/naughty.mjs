// Opens every page of a site full of hostile strings, with script: nothing of theirs runs, nothing
// links where it must not, nothing turns the text around.
//
//   node naughty.mjs BASE
import { browser, end, options, route, wrong } from "./lib.mjs";

const MOST = 400;
const SCHEMES = new Set(["http:", "https:", "irc:", "ircs:", "mailto:", "matrix:", "ftp:"]);
/** What turns the direction of text, and what terminals obey. */
const HIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff]/;

const { rest } = options();
const base = rest[0].replace(/\/$/, "");
const chromium = await browser();
const context = await chromium.newContext({ viewport: { width: 320, height: 900 } });
await context.addInitScript(() => {
  window.hit = () => console.error("HIT");
  document.addEventListener("securitypolicyviolation", (event) => {
    console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
  });
});
const queue = ["/", "/search?q=hit", "/search?q=script", "/search?q=example&in=pushes"].map((path) => base + path);
const seen = new Set(queue);
let looked = 0;
let shown = 0;

async function work() {
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  let where = "";
  page.on("console", (message) => {
    if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) wrong(where, message.text());
  });
  page.on("pageerror", (error) => wrong(where, `script: ${error.message}`));
  page.on("dialog", (dialog) => { wrong(where, `says ${dialog.message()}`); dialog.dismiss(); });
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) wrong(where, `asks ${request.url()}`);
  });
  for (let url = queue.shift(); url; url = queue.shift()) {
    where = decodeURI(url.slice(base.length)).slice(0, 80);
    const answer = await page.goto(url, { waitUntil: "load" });
    if (answer.status() !== 200) wrong(where, `answers ${answer.status()}`);
    const found = await page.evaluate(() => ({
      links: [...document.querySelectorAll("[href], [src], [action], [formaction]")].map((one) =>
        one.href?.baseVal ?? one.href ?? one.src ?? one.action),
      text: document.documentElement.innerText,
      source: document.documentElement.outerHTML,
      wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      strange: [...document.querySelectorAll("main script, iframe, object, embed, base, style, main link, main meta, img, svg, math, main template")].length,
      handlers: [...document.querySelectorAll("*")].flatMap((one) => [...one.attributes].map((attribute) => attribute.name)).filter((name) => name.startsWith("on") || name === "style"),
    }));
    looked += 1;
    shown += found.text.split("hit()").length - 1;
    if (found.strange > 0) wrong(where, `has ${found.strange} elements of theirs`);
    if (found.handlers.length > 0) wrong(where, `has ${found.handlers.join(" ")}`);
    if (found.wide > 0) wrong(where, `is ${found.wide} pixels too wide`);
    const hidden = HIDDEN.exec(found.text);
    if (hidden) wrong(where, `shows U+${hidden[0].codePointAt(0).toString(16)}`);
    for (const link of found.links) {
      // What is no address leads nowhere.
      if (!URL.canParse(link, url)) continue;
      const to = new URL(link, url);
      if (!SCHEMES.has(to.protocol)) wrong(where, `links to ${link}`);
      to.hash = "";
      const known = [...seen].filter((one) => route(one) === route(to.href)).length;
      if (to.origin === base && !seen.has(to.href) && seen.size < MOST && known < 60 && !/\.(txt|md|json|mw|moin|atom|ics|xml)$|\/static\/|\/live/.test(to.pathname)) {
        seen.add(to.href);
        queue.push(to.href);
      }
    }
  }
  await page.close();
}

await work();
await Promise.all([work(), work()]);
await chromium.close();
if (shown < 200) wrong("the site", `shows the strings only ${shown} times: they were not written`);
end(`${looked} pages, the strings shown ${shown} times`);
