// Drives Converse.js in headless Chromium for clients.py: one request in JSON per line of stdin, one answer per line of
// stdout. The page is served from the npm package on loopback; nothing is fetched from outside. Ends with its stdin.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, normalize } from "node:path";
import { createInterface } from "node:readline";

const modules = process.env.NODE_MODULES;
const { chromium } = createRequire(join(modules, "x.js"))("playwright-core");
const dist = join(modules, "converse.js", "dist");
const TYPES = { css: "text/css", js: "text/javascript", json: "application/json", svg: "image/svg+xml", wasm: "application/wasm" };

const PAGE = `<!doctype html><meta charset="utf-8"><link rel="stylesheet" href="/dist/converse.min.css">
<body><script type="module" src="/dist/converse.min.js"></script></body>`;

const site = createServer(async (request, response) => {
  const path = normalize(new URL(request.url, "http://x").pathname);
  if (path === "/") return response.setHeader("content-type", "text/html").end(PAGE);
  try {
    // Converse asks for one of its files at the root of the site.
    const body = await readFile(join(dist, path.replace(/^\/dist\//, "/")));
    response.setHeader("content-type", TYPES[path.split(".").pop()] ?? "application/octet-stream").end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((done) => site.listen(0, "127.0.0.1", done));
const origin = `http://127.0.0.1:${site.address().port}`;

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ["--no-sandbox", "--disable-gpu"] });
const page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
page.on("console", (message) => console.error(message.type(), message.text()));
page.on("pageerror", (error) => console.error("pageerror", error.message));
// The footer would fetch sponsors' logos.
await page.route("**/*", (route) => (route.request().url().startsWith(origin) ? route.continue() : route.abort()));

const verbs = {
  async login({ websocket, jid, password, seconds }) {
    await page.goto(origin, { timeout: seconds * 1000 });
    await page.waitForFunction(() => window.converse?.initialize, null, { timeout: seconds * 1000 });
    // A plugin is the only way to Converse's inner API, which opens a chat as a click on a contact would.
    await page.evaluate((settings) => {
      window.converse.plugins.add("rig", { initialize() { window.rig = this._converse.api; } });
      return window.converse.initialize({ ...settings, whitelisted_plugins: ["rig"] });
    }, {
      websocket_url: websocket, jid, password, authentication: "login", auto_login: true, assets_path: "/dist/",
      discover_connection_methods: false, view_mode: "fullscreen", allow_non_roster_messaging: true, clear_cache_on_logout: true,
    });
    await page.waitForFunction(() => window.rig?.connection.connected(), null, { timeout: seconds * 1000 });
  },

  async say({ to, body, seconds }) {
    await page.evaluate((jid) => window.rig.chats.open(jid, {}, true), to);
    const box = page.locator(`converse-chat[jid="${to}"] textarea.chat-textarea, .chatbox textarea.chat-textarea`).last();
    await box.fill(body, { timeout: seconds * 1000 });
    await box.press("Enter");
  },

  // Converse's own view of ad-hoc commands, as its settings show it: list what there is, choose one, send the form.
  async command({ jid, node, seconds }) {
    const timeout = seconds * 1000;
    await page.evaluate(() => {
      document.querySelector("#rig")?.remove();
      const place = document.body.appendChild(document.createElement("div"));
      place.id = "rig";
      place.style = "position: fixed; inset: 0; z-index: 9999; background: white; overflow: auto";
      place.append(document.createElement("converse-adhoc-commands"));
    });
    await page.locator("#rig input[name=jid]").fill(jid, { timeout });
    await page.locator("#rig form input[type=submit]").click({ timeout });
    await page.locator(`#rig a[data-command-node="${node}"]`).click({ timeout });
    await page.locator("#rig input[data-action=complete]").click({ timeout });
    await page.locator("#rig .alert").first().waitFor({ timeout });
    const text = await page.locator("#rig").innerText();
    await page.evaluate(() => document.querySelector("#rig").remove());
    return text;
  },

  async see({ pattern, seconds }) {
    // innerText, not the HTML: what a person reads. A newline may stand where the text has a blank.
    const handle = await page.waitForFunction((source) => {
      const text = [...document.querySelectorAll("converse-chat-message, converse-message-history, .chat-content")]
        .map((element) => element.innerText).join("\n");
      return new RegExp(source).test(text) && text;
    }, pattern, { timeout: seconds * 1000, polling: 50 });
    return handle.jsonValue();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await verbs[request.verb](request)) ?? null }));
  } catch (error) {
    const shown = await page.locator("body").innerText().catch(() => "");
    console.log(JSON.stringify({ error: `${error.message.split("\n")[0]}; the page shows: ${shown.slice(-1500)}` }));
  }
}
await browser.close();
site.close();
