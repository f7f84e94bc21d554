// The client tier: shows what there is, and asks for what somebody would like.
//
// It decides nothing. The sum below is there so that people are not surprised;
// what an order costs is what the answer to it says. Whoever looks at this file
// learns nothing that they may not know.

const basket = new Map(); // sku -> how many
let products = [];
let key = crypto.randomUUID(); // the same for every try of the same order

const element = (id) => document.getElementById(id);
const money = (cents) => (cents / 100).toFixed(2);

// Text, never HTML: a product's name is not ours to trust either.
function make(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

async function showProducts() {
  products = await (await fetch("/api/products")).json();
  element("products").replaceChildren(...products.map(card));
}

function card(product) {
  const card = make("li", "");
  const button = make("button", "Add to basket");
  button.setAttribute("aria-label", `Add ${product.name} to basket`);
  button.disabled = product.stock === 0;
  button.addEventListener("click", () => add(product));
  const stock = product.stock === 0 ? "sold out" : `${product.stock} left`;
  card.append(
    make("strong", product.name),
    make("span", money(product.price_cents), "price"),
    make("span", stock, "stock"),
    button,
  );
  return card;
}

function add(product) {
  basket.set(product.sku, (basket.get(product.sku) ?? 0) + 1);
  key = crypto.randomUUID(); // another order
  showBasket();
}

function showBasket() {
  const lines = [...basket].map(([sku, qty]) => ({ qty, ...products.find((p) => p.sku === sku) }));
  element("basket").replaceChildren(...lines.map(basketLine));
  if (lines.length === 0) element("basket").append(make("li", "Nothing in it yet.", "empty"));
  element("goods").value = money(lines.reduce((sum, p) => sum + p.qty * p.price_cents, 0));
}

function basketLine({ qty, name, price_cents: price }) {
  const line = make("li", "");
  line.append(make("span", `${qty} × ${name}`), make("span", money(qty * price)));
  return line;
}

async function order(event) {
  event.preventDefault();
  const items = [...basket].map(([sku, qty]) => ({ sku, qty }));
  const coupon = element("coupon").value.trim();
  const headers = {
    Authorization: `Bearer ${element("token").value.trim()}`,
    "Content-Type": "application/json",
    "Idempotency-Key": key,
  };
  let answer, body;
  try {
    answer = await fetch("/api/orders", {
      method: "POST",
      headers,
      body: JSON.stringify(coupon ? { items, coupon } : { items }),
    });
    body = await answer.json();
  } catch {
    return say("No answer came. Order again: it will not be ordered twice.");
  }
  if (answer.status === 503) return say("The shop is busy. Order again in a moment.");
  if (!answer.ok) {
    key = crypto.randomUUID();
    return say(`Not ordered: ${body.error}.`);
  }
  basket.clear();
  key = crypto.randomUUID();
  showBasket();
  say(`Thank you. Order ${body.order_id}, ${money(body.total_cents)} in all.`);
  await showProducts();
}

function say(text) {
  element("outcome").textContent = text;
}

element("order").addEventListener("submit", order);
element("coupon").addEventListener("input", () => (key = crypto.randomUUID()));
showProducts().catch(() => say("The products cannot be shown now."));
