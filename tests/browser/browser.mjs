// A real Chromium without a window, and an end that says what went wrong.

import { chromium } from "playwright-core";

// Whoever waits longer than this waits for something that does not come.
const PATIENCE = 120_000;

const FLAGS = [
  "--no-sandbox", // CI runs as root
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Runs `visit` with a browser, and ends with 0 when it found no mistake, else with 1 and the mistakes. */
export async function withBrowser(visit) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: FLAGS,
    timeout: PATIENCE,
  });
  let mistakes;
  try {
    mistakes = await visit(browser);
  } catch (error) {
    mistakes = [error.stack];
  } finally {
    await browser.close();
  }
  mistakes.forEach((mistake) => console.error(mistake));
  process.exitCode = mistakes.length === 0 ? 0 : 1;
}

/** A page that notes down, as mistakes, whatever it loads besides itself and whatever its console complains of. */
export async function openPage(browser, options, mistakes, mayLoad) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  page.on("request", (request) => {
    if (!mayLoad(request.url())) mistakes.push(`it loads ${request.url()}`);
  });
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) mistakes.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => mistakes.push(`error in the page: ${error.message}`));
  return page;
}
