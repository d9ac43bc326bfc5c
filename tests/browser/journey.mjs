// The newcomer's journey: the front page says where to go, one goes there and says o/, and stands in
// the minutes that grow on the page.
//
//   node journey.mjs BASE [--shots DIR]
import { mkdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { browser, end, options, wrong } from "./lib.mjs";

const { named, rest } = options();
const base = rest[0].replace(/\/$/, "");
if (named.shots) mkdirSync(named.shots, { recursive: true });
const chromium = await browser();
const page = await chromium.newPage({ viewport: { width: 1280, height: 1000 } });
page.setDefaultTimeout(20000);
page.on("pageerror", (error) => wrong("the page", error.message));
const shot = async (name) => { if (named.shots) await page.screenshot({ path: join(named.shots, `journey-${name}.png`) }); };

// 1. The front page.
await page.goto(`${base}/`);
await shot("1-front");
const part = page.locator("section", { has: page.locator("#part") });
const channel = (await part.locator("strong").first().innerText()).trim();
const irc = new URL(await part.locator('a[href^="irc"]').getAttribute("href"));

// 2. Into the channel, as the page says, and o/.
const socket = connect(Number(irc.port), irc.hostname);
const heard = [];
socket.on("data", (data) => {
  for (const line of data.toString().split("\r\n")) {
    heard.push(line);
    if (line.startsWith("PING")) socket.write(`PONG ${line.slice(5)}\r\n`);
  }
});
const hears = async (what, is) => {
  const until = Date.now() + 15000;
  while (!heard.some(is)) {
    if (Date.now() > until) { wrong("the channel", `${what} was not heard:\n${heard.slice(-5).join("\n")}`); return; }
    await new Promise((done) => setTimeout(done, 20));
  }
};
socket.write("NICK mira_new\r\nUSER mira 0 * :Mira\r\n");
await hears("the welcome", (line) => line.includes(" 001 "));
socket.write(`JOIN ${channel}\r\n`);
await hears("the channel", (line) => line.includes(" 366 "));
await page.click("text=Follow its minutes");
await page.waitForSelector("[data-live]");
socket.write(`PRIVMSG ${channel} :o/\r\n`);

// 3. Signed in, on the page that is open, without loading it again.
const signed = page.locator("dd", { hasText: /mira_new \d\d:\d\d:\d\d/ });
await signed.waitFor().catch(() => wrong("the minutes", "do not show who signed in"));
await shot("3-signed-in");
socket.write("QUIT :bye\r\n");
socket.end();
await chromium.close();
end(`signed in to ${channel} in three steps`);
