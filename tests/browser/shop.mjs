// A person orders in the shop: sees the products, fills the basket, is refused with a wrong token, orders with the right
// one, and sees what it costs.
//
//   node shop.mjs <url> <coupon> <total>

import { openPage, withBrowser } from "./browser.mjs";

const expect = (mistakes, what, there) => there || mistakes.push(`expected: ${what}`);

await withBrowser(async (browser) => {
  const mistakes = [];
  const [url, coupon, total] = process.argv.slice(2);
  const own = (loaded) => loaded.startsWith(url) || loaded.startsWith("data:");
  const page = await openPage(browser, { viewport: { width: 360, height: 800 } }, mistakes, own);
  await page.goto(url);

  const card = (name) => page.locator("#products li", { hasText: name });
  await card("Desk lamp").waitFor();
  const shown = await page.locator("#products li").allInnerTexts();
  expect(mistakes, `four products, not ${shown.length}`, shown.length === 4);
  expect(mistakes, "a product that is sold out cannot be added", await card("Mug").getByRole("button").isDisabled());

  await card("Desk lamp").getByRole("button").click();
  await card("Mouse").getByRole("button").click();
  await card("Mouse").getByRole("button").click();
  const goods = page.locator("#goods");
  expect(mistakes, `goods of 73.99, not ${await goods.innerText()}`, (await goods.innerText()) === "73.99");

  // What the browser says of a refusal is no mistake of the page.
  const before = mistakes.length;
  const outcome = page.locator("#outcome[role=status]");
  await page.getByLabel("Your customer token").fill("nobody");
  await page.getByRole("button", { name: "Order", exact: true }).click();
  await outcome.filter({ hasText: "Not ordered" }).waitFor();
  mistakes.splice(before);

  await page.getByLabel("Coupon").fill(coupon);
  await page.getByLabel("Your customer token").fill("demo");
  await page.getByRole("button", { name: "Order", exact: true }).click();
  await outcome.filter({ hasText: "Thank you" }).waitFor();
  const said = await outcome.innerText();
  const thanks = /Thank you\. Order \S+, (\S+) in all\./.exec(said);
  expect(mistakes, `${total} in all, not "${said}"`, thanks !== null && thanks[1] === total);
  await card("Desk lamp").filter({ hasText: "11 left" }).waitFor();
  expect(mistakes, "an empty basket", !(await page.locator("#basket").innerText()).includes("×"));
  return mistakes;
});
