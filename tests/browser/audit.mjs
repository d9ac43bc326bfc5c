// Looks at one page of each route in Chromium: three widths, light and dark, with and without
// script, by keyboard alone; axe finds nothing (WCAG 2.2 AA), nothing moves, nothing is too wide,
// nothing comes from elsewhere, nothing is refused by the policy.
//
//   node audit.mjs BASE --pages /,/meetings,... [--shots DIR] [--login URL]
import { readFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { browser, end, options, wrong } from "./lib.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
const WIDTHS = [320, 768, 1280];

const { named, rest } = options();
const base = rest[0].replace(/\/$/, "");
const pages = named.pages.split(",");
if (named.shots) mkdirSync(named.shots, { recursive: true });
const chromium = await browser();
let looks = 0;
/** Who is logged in: the way of a letter is opened and its button pressed. */
let storageState;
if (named.login) {
  const context = await chromium.newContext();
  const page = await context.newPage();
  await page.goto(named.login);
  await page.click("main form button");
  await page.waitForURL("**/admin");
  storageState = await context.storageState();
  await context.close();
}

async function open(path, { width, colorScheme = "light", script = true }) {
  const context = await chromium.newContext({
    viewport: { width, height: 900 }, colorScheme, reducedMotion: "reduce", storageState,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  // Off while the page loads; on again so that it can be looked at.
  const devtools = await context.newCDPSession(page);
  const run = (value) => devtools.send("Emulation.setScriptExecutionDisabled", { value: !value });
  const where = `${path}${colorScheme === "dark" ? " dark" : ""}${script ? "" : " without script"}`;
  page.on("console", (message) => {
    // That a page is refused is what some of them are looked at for.
    if (/status of 4\d\d/.test(message.text())) return;
    if (message.type() === "error" || message.type() === "warning") wrong(where, `console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong(where, `script: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) wrong(where, `asks elsewhere: ${request.url()}`);
  });
  if (script) {
    await page.addInitScript(() => {
      window.__moved = 0;
      new PerformanceObserver((list) => {
        for (const one of list.getEntries()) window.__moved += one.value;
      }).observe({ type: "layout-shift", buffered: true });
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  if (!script) await run(false);
  const answer = await page.goto(base + path, { waitUntil: "load" });
  if (!script) await run(true);
  if (answer.status() >= 500) wrong(where, `answers ${answer.status()}`);
  return { context, page, where };
}

const shape = () => ({
  wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  lang: document.documentElement.lang,
  title: document.title,
  mains: document.querySelectorAll("main").length,
  h1s: document.querySelectorAll("h1").length,
  words: document.querySelector("main")?.innerText.trim().length ?? 0,
  skip: document.querySelector("body > a")?.getAttribute("href"),
});

function judge(where, { wide, lang, title, mains, h1s, words, skip }) {
  if (wide > 0) wrong(where, `${wide} pixels too wide`);
  if (lang !== "en") wrong(where, "has no language");
  if (!title) wrong(where, "has no title");
  if (mains !== 1 || h1s !== 1) wrong(where, `has ${mains} main and ${h1s} h1`);
  if (words < 20) wrong(where, "says next to nothing");
  if (skip !== "#content") wrong(where, "has no skip link");
}

/** One load, looked at in several widths. */
async function look(path, widths, how) {
  const { context, page, where } = await open(path, { ...how, width: widths[0] });
  if (how.script !== false) {
    const moved = await page.evaluate(() => window.__moved);
    if (moved > 0) wrong(`${where} ${widths[0]}`, `the layout moves (${moved.toFixed(4)})`);
  }
  await page.evaluate(axe);
  for (const width of widths) {
    await page.setViewportSize({ width, height: 900 });
    judge(`${where} ${width}`, await page.evaluate(shape));
    const result = await page.evaluate((tags) => window.axe.run(document, {
      runOnly: { type: "tag", values: tags }, resultTypes: ["violations"],
    }), TAGS);
    for (const violation of result.violations) {
      for (const node of violation.nodes.slice(0, 3)) {
        const why = node.failureSummary.split("\n")[1]?.trim() ?? "";
        wrong(`${where} ${width}`, `axe ${violation.id}: ${node.target.join(" ")} ${why}`);
      }
    }
    looks += 1;
    if (named.shots) {
      const name = path.replace(/[^a-z0-9]+/gi, "_").replace(/^_|_$/g, "") || "home";
      const kind = `${width}${how.colorScheme === "dark" ? "-dark" : ""}${how.script === false ? "-noscript" : ""}`;
      await page.screenshot({ path: join(named.shots, `${name}-${kind}.png`) });
    }
  }
  await context.close();
}

/** Tab reaches everything, in the order of the page, and one sees where one is. */
async function keyboard(path) {
  const { context, page, where } = await open(path, { width: 1280 });
  const wanted = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex=\"0\"]")];
    const reachable = all.filter((one) => one.checkVisibility() && !one.disabled && one.type !== "hidden");
    reachable.forEach((one, n) => { one.dataset.place = n; });
    return reachable.length;
  });
  const most = Math.min(wanted, 120);
  let last = -1;
  // A date has several parts, which Tab visits one after the other.
  for (let presses = 0; last < most - 1 && presses < most + 20; presses += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(() => {
      const one = document.activeElement;
      const style = getComputedStyle(one);
      return {
        place: Number(one.dataset.place ?? -1),
        what: one.outerHTML.slice(0, 80),
        seen: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
      };
    });
    if (now.place === last && last >= 0) continue;
    if (now.place !== last + 1) wrong(where, `Tab goes from ${last} to ${now.place} (${now.what})`);
    if (!now.seen) wrong(where, `one does not see that ${now.what} has the focus`);
    if (now.place < 0) break;
    last = now.place;
  }
  await page.goto(base + path);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const skipped = await page.evaluate(() => document.activeElement?.id === "content" || location.hash === "#content");
  if (!skipped) wrong(where, "the skip link does not skip");
  await context.close();
}

const jobs = pages.flatMap((path) => [
  () => look(path, WIDTHS, { colorScheme: "light" }),
  () => look(path, [...WIDTHS].reverse(), { colorScheme: "dark" }),
  () => look(path, WIDTHS, { script: false }),
  () => keyboard(path),
]);
const work = async () => {
  for (let job = jobs.shift(); job; job = jobs.shift()) await job();
};
await Promise.all([work(), work(), work()]);
await chromium.close();
end(`${pages.length} pages, ${looks} looks`);
