// Tests the HTML report as a reader uses it. `run` creates the two pages and sets CHROMIUM and
// PROGRAM to the paths of the browser and the program.
"use strict";

const assert = require("node:assert/strict");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");
const { after, before, test } = require("node:test");
const { pathToFileURL } = require("node:url");
const { chromium } = require("playwright-core");

const DESK = { width: 1280, height: 900 };
const PHONE = { width: 360, height: 740 };
const CHECK = "reset-key/the-old-user-key-is-invalid-with-reason";

let browser;
before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});
after(() => browser?.close());

// Opens a page. Collects its console messages, errors and requests in `complaints`.
async function open(name, options = {}) {
  const page = await browser.newPage({ viewport: DESK, ...options });
  const url = pathToFileURL(path.resolve(name)).href;
  page.complaints = [];
  page.on("console", (message) => page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== url) page.complaints.push(`it asks for ${request.url()}`);
  });
  page.setDefaultTimeout(20_000);
  await page.goto(url);
  return page;
}

// Returns the number on a chip, or the numbers in the result of the filter.
const numbers = async (locator) => (await locator.textContent()).replaceAll(",", "").match(/\d+/g)?.map(Number) ?? [];
const chip = (page, kind) => page.locator(`.chip[data-kind="${kind}"]`);
const widths = (page) =>
  page.evaluate(() => [document.scrollingElement.scrollWidth, document.documentElement.clientWidth]);

for (const name of ["clean", "wrong"]) {
  for (const [device, viewport] of [["desk", DESK], ["phone", PHONE]]) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${name}, ${device}, ${colorScheme}: it opens in silence and fits`, async (t) => {
        const page = await open(`${name}.html`, { viewport, colorScheme });
        const loaded = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
        t.diagnostic(`loaded in ${Math.round(loaded)} ms`);
        if (process.env.SCREENSHOTS) {
          await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}-${device}-${colorScheme}.png`) });
        }
        // Open everything, because a closed element cannot overflow.
        await page.evaluate(() => document.querySelectorAll("details").forEach((details) => { details.open = true; }));
        const [wide, wanted] = await widths(page);
        assert.ok(wide <= wanted, `${wide} > ${wanted}`);
        assert.deepEqual(page.complaints, []);
        await page.close();
      });

      test(`${name}, ${device}, ${colorScheme}: its texts stand out from what is behind them`, async () => {
        const page = await open(`${name}.html`, { viewport, colorScheme });
        assert.deepEqual(await page.evaluate(faint), []);
        await page.close();
      });
    }
  }
}

// Returns texts with a contrast below 4.5, one for each pair of colours.
function faint() {
  const parts = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = parts(colour).map((part) => part / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const pairs = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || element.closest("script, dialog")) continue;
    pairs.set(`${getComputedStyle(element).color} on ${behind(element)}`, element);
  }
  return [...pairs].flatMap(([pair, element]) => {
    const [a, b] = pair.split(" on ").map(luminance);
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    return contrast < 4.5 ? [`${pair}: ${contrast.toFixed(2)}, ${element.textContent.slice(0, 40)}`] : [];
  });
}

test("failures come first, and the first can be read at once", async () => {
  const page = await open("wrong.html");
  const first = page.locator("main > section#broken + section").locator("details.trouble").first();
  assert.match(await first.locator("summary").textContent(), /fail/);
  for (const text of ["Request as sent", "Expected", "Actual"]) assert.ok(await first.getByText(text, { exact: true }).isVisible());
  await page.close();
});

test("a failure leads to its bug and back, also from the access table", async () => {
  const page = await open("wrong.html");
  const bug = page.locator("#broken .cause", { hasText: "GET /users/ shows every user" });
  const anchor = `#${await bug.getAttribute("id")}`;
  await page.locator("#map td.fail").first().click();
  const dialog = page.locator("#exchange");
  await dialog.locator(`a[href="${anchor}"]`).click();
  assert.equal(await dialog.isVisible(), false);
  assert.equal(new URL(page.url()).hash, anchor);
  assert.ok(await page.locator(`#access > .because a[href="${anchor}"]`).isVisible());
  await bug.locator("summary").click();
  const failure = bug.locator("li a").first();
  const id = await failure.textContent();
  await failure.click();
  const shown = page.locator(`[id="${id}"]`);
  assert.ok(await shown.getByText("Request as sent", { exact: true }).isVisible());
  // A filter that hides the bug is cleared by the link to it.
  await page.locator("#search").fill(id);
  await shown.locator(`a[href="${anchor}"]`).click();
  await bug.waitFor();
  assert.equal(await page.locator("#search").inputValue(), "");
  assert.ok((await page.locator(`#rules .because a[href="${anchor}"]`).count()) > 0);
  await page.close();
});

test("the command of a failure can be copied", async () => {
  const page = await open("wrong.html");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const button = page.locator("button.copy").first();
  await button.click();
  await page.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^syncano-conformance repro \S+$/);
  await page.close();
});

test("on a phone a tap explains levels, codes and principals", async () => {
  const page = await open("wrong.html", { viewport: PHONE, hasTouch: true });
  for (const [section, word] of [["failures", "seed"], ["access", "anonymous"], ["rules", "leak/..."]]) {
    const legend = page.locator(`#${section} > .legend`);
    await legend.locator("summary").tap();
    assert.ok(await legend.getByText(word, { exact: true }).isVisible(), section);
  }
  const [wide, wanted] = await widths(page);
  assert.ok(wide <= wanted, `${wide} > ${wanted}`);
  await page.close();
});

test("a failure is found, reached and read with the keyboard alone", async () => {
  const page = await open("wrong.html");
  await page.keyboard.press("/");
  await page.keyboard.type(CHECK);
  const failure = page.locator("#failures details", { has: page.locator(`[id="${CHECK}"]`) });
  const summary = failure.locator("summary");
  for (let tabs = 0; tabs < 60; tabs += 1) {
    await page.keyboard.press("Tab");
    if (await summary.evaluate((element) => element === document.activeElement)) break;
  }
  assert.ok(await summary.evaluate((element) => element === document.activeElement), "it has the focus");
  if (!(await failure.evaluate((details) => details.open))) await page.keyboard.press("Enter");
  await failure.getByText("curl -i -X GET").waitFor();
  await failure.getByText("You do not have permission").first().waitFor();
  await failure.locator("figure ins").getByText("alice.username").first().waitFor();
  await page.close();
});

test("the filter shows what its chip counts, search narrows it, and Escape takes both back", async () => {
  const page = await open("wrong.html");
  const [all] = (await numbers(page.locator("h1 ~ .visually-hidden"))).slice(1);
  for (const kind of ["fail", "known", "skip", "disputed", "pass"]) {
    await chip(page, kind).click();
    const [counted] = await numbers(chip(page, kind));
    const [found, of] = await numbers(page.locator("#count"));
    assert.ok(counted > 0 && found === counted && of >= all, `${kind}: ${counted}, ${found} of ${of}`);
    await chip(page, kind).click();
  }
  await chip(page, "fail").click();
  const [failed] = await numbers(page.locator("#count"));
  await page.locator("#search").fill("users-list access/users/get");
  assert.equal((await numbers(page.locator("#count")))[0], 0);
  await page.locator("#search").fill("ACCESS/users/get");
  const [narrowed] = await numbers(page.locator("#count"));
  assert.ok(narrowed > 0 && narrowed < failed, `${narrowed} of ${failed}`);
  assert.equal(await page.locator("#map tr:visible th[scope=row]").count(), 1);
  assert.equal(await page.locator("#map tr:visible td.fail:visible").count(), narrowed);
  await page.keyboard.press("Escape");
  assert.equal(await page.locator("#count").textContent(), "");
  assert.equal(await page.locator("#search").inputValue(), "");
  assert.equal(await page.locator("main [hidden]").count(), 0);
  await page.close();
});

test("a cell of the access table shows its exchange, to the mouse and to the keyboard", async () => {
  const page = await open("wrong.html");
  const dialog = page.locator("#exchange");
  await page.locator("#map td.fail").first().click();
  assert.match(await dialog.locator("h2").textContent(), /^GET users as /);
  for (const text of ["Request as sent", "Expected", "Actual"]) assert.ok(await dialog.getByText(text, { exact: true }).isVisible());
  await page.keyboard.press("Escape");
  assert.equal(await dialog.isVisible(), false);

  const focused = () => page.evaluate(() => [document.activeElement.parentElement.rowIndex, document.activeElement.cellIndex]);
  const [row, column] = await focused();
  for (const key of ["Home", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown"]) await page.keyboard.press(key);
  assert.deepEqual(await focused(), [row + 1, 2]);
  await page.keyboard.press("Enter");
  assert.equal(await dialog.locator("h2").textContent(), "OPTIONS users as account-self");
  assert.match(await dialog.textContent(), /Status200Request as sentcurl -i -X OPTIONS /);
  await page.keyboard.press("Escape");
  assert.deepEqual(await focused(), [row + 1, 2]);
  assert.ok(column > 2);
  assert.equal(await page.locator("#map [tabindex='0']").count(), 1);
  await page.close();
});

test("on a phone the access table scrolls in its own place", async () => {
  const page = await open("wrong.html", { viewport: PHONE });
  const [inside, outside] = await page.locator(".scroller").evaluate((box) => [box.scrollWidth, box.clientWidth]);
  assert.ok(inside > 2 * outside && outside < 360, `${inside} in ${outside}`);
  await page.locator("#map td.fail").first().click();
  const box = await page.locator("#exchange").boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 360, JSON.stringify(box));
  await page.close();
});

test("a disputed rule says what the page says, what the deployment does and what this target does", async () => {
  const page = await open("wrong.html");
  const rule = page.locator("#disputed article", { hasText: "answers differently" }).first();
  for (const text of ["The page", "The deployment", "This target"]) assert.ok(await rule.getByText(text, { exact: true }).isVisible());
  await page.close();
});

test("a divergence says its class, reason and age", async () => {
  const page = await open("wrong.html");
  const text = await page.locator("#divergences article").first().textContent();
  for (const said of ["known", "target-bug, fails as stated", "old keys live on", "0 days", "Review by"]) {
    assert.ok(text.includes(said), `${said} in ${text}`);
  }
  await page.close();
});

test("in print every failure is open, and nothing is there that can only be pressed", async () => {
  const page = await open("wrong.html");
  const last = page.locator("#failures > details").last();
  assert.equal(await last.locator("dl").first().isVisible(), false);
  await page.emulateMedia({ media: "print" });
  assert.ok(await last.locator("dl").first().isVisible());
  assert.equal(await page.locator("#tools").isVisible(), false);
  assert.ok(await page.getByText(/^declared [\d,]+, selected/).isVisible());
  await page.close();
});

test("without its script it can be read all the same", async () => {
  const page = await open("wrong.html", { javaScriptEnabled: false });
  assert.equal(await page.locator("#tools").isVisible(), false);
  await page.locator("#map td.fail a").first().click();
  assert.match(new URL(page.url()).hash, /^#access\/users\/get\//);
  assert.ok(await page.locator(":target dl").first().isVisible());
  await page.close();
});

test("whatever a target sends stays text", async () => {
  const hostile = `</script></pre><script>document.title = "theirs"</script><img src=x onerror="document.title = 'theirs'">`;
  const report = JSON.parse(fs.readFileSync("wrong.json", "utf8"));
  for (const check of report.scenarios.flatMap((scenario) => scenario.checks)) {
    if (check.request) check.request += hostile;
    if (check.because) check.because += hostile;
    if (check.evidence) check.evidence.actual += hostile;
  }
  fs.writeFileSync("hostile.json", JSON.stringify(report));
  const args = ["report", "hostile.json", "--format", "html"];
  fs.writeFileSync("hostile.html", execFileSync(process.env.PROGRAM, args, { maxBuffer: 2 ** 26 }));
  const page = await open("hostile.html");
  await page.locator("#map td.pass").first().click();
  assert.ok((await page.locator("#exchange").textContent()).endsWith(hostile));
  assert.match(await page.title(), /^failed: staging/);
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test("colours can be changed by hand", async () => {
  const page = await open("clean.html", { colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.locator("#theme").click();
  assert.notEqual(await ground(), light);
  await page.locator("#theme").click();
  assert.equal(await ground(), light);
  await page.close();
});
