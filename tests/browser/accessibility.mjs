// Looks at reports as their readers do: in light and dark, on a phone and on a desk, folded and unfolded.
//
//   node accessibility.mjs <name=file.html>…
//
// For each: no violation of any rule of axe, nothing loaded but the file, nothing said in the console, and no page that
// must be scrolled sideways.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

import { openPage, withBrowser } from "./browser.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const VIEWS = ["light", "dark"].flatMap((colorScheme) =>
  [360, 1280].map((width) => ({ colorScheme, viewport: { width, height: 900 } })),
);

/** What axe finds, one line each. The page's policy forbids scripts, so axe comes in by the debugger's door. */
async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run(document, { preload: false }));
  if (found.passes.length === 0) return ["axe looked at nothing"];
  return found.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n    ${html}\n    ${failureSummary}`),
  );
}

/** Whether the page must be scrolled sideways. */
function sideways(page) {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth > clientWidth ? [`it is ${scrollWidth} wide in a window of ${clientWidth}`] : [];
  });
}

await withBrowser(async (browser) => {
  const mistakes = [];
  for (const argument of process.argv.slice(2)) {
    const [name, file] = argument.split("=");
    const url = pathToFileURL(file).href;
    for (const view of VIEWS) {
      const noted = [];
      const page = await openPage(browser, view, noted, (loaded) => loaded === url);
      await page.goto(url);
      noted.push(...(await sideways(page)));
      // What is folded is hidden from axe, too.
      await page.evaluate(() => document.querySelectorAll("details").forEach((fold) => (fold.open = true)));
      noted.push(...(await sideways(page)), ...(await violations(page)));
      const where = `${name}, ${view.colorScheme}, ${view.viewport.width} px`;
      mistakes.push(...noted.map((mistake) => `${where}: ${mistake}`));
      await page.context().close();
    }
    console.log(`looked at ${name} in ${VIEWS.length} views`);
  }
  return mistakes;
});
