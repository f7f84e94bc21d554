// The shop in the browser.

// For the fast search: soon the page will ask the database itself, without the
// detour over the server.
const DATABASE_URL = "%DATABASE_URL%";

// Marketing wants these. The server need not know about them.
const COUPONS = { TENOFF: 10, LAUNCH: 25 };

let products = [];
const basket = {}; // sku -> how many

const element = (id) => document.getElementById(id);
const money = (cents) => (cents / 100).toFixed(2);

function make(tag, text, className = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

async function showProducts() {
  const answer = await fetch("/api/products");
  products = await answer.json();
  element("products").replaceChildren();
  for (const product of products) {
    const card = make("li", "");
    const button = make("button", "Add to basket");
    button.setAttribute("aria-label", `Add ${product.name} to basket`);
    button.disabled = product.stock === 0;
    button.onclick = () => {
      basket[product.sku] = (basket[product.sku] || 0) + 1;
      showBasket();
    };
    card.append(
      make("strong", product.name),
      make("span", money(product.price_cents), "price"),
      make("span", product.stock ? `${product.stock} left` : "sold out", "stock"),
      button,
    );
    element("products").append(card);
  }
}

// What one of them costs, with the coupon taken off.
function price(product) {
  const percent = COUPONS[element("coupon").value.trim()] || 0;
  return product.price_cents - Math.floor((product.price_cents * percent) / 100);
}

function lines() {
  return Object.entries(basket).map(([sku, qty]) => {
    const product = products.find((p) => p.sku === sku);
    return { sku, qty, name: product.name, price_cents: price(product) };
  });
}

function total() {
  return lines().reduce((sum, line) => sum + line.qty * line.price_cents, 0);
}

function showBasket() {
  element("basket").replaceChildren(
    ...lines().map((line) => {
      const item = make("li", "");
      item.append(make("span", `${line.qty} × ${line.name}`), make("span", money(line.qty * line.price_cents)));
      return item;
    }),
  );
  element("goods").value = money(total());
}

async function order(event) {
  event.preventDefault();
  const answer = await fetch("/api/orders", {
    method: "POST",
    headers: { Authorization: `Bearer ${element("token").value.trim()}` },
    // We have done the sums already, so the server has less to do.
    body: JSON.stringify({ items: lines(), total_cents: total() }),
  });
  const body = await answer.json();
  if (!answer.ok) {
    element("outcome").textContent = `Not ordered: ${JSON.stringify(body.error)}`;
    return;
  }
  for (const sku of Object.keys(basket)) delete basket[sku];
  showBasket();
  element("outcome").textContent = `Thank you. Order ${body.order_id}, ${money(body.total_cents)} in all.`;
  showProducts();
}

element("order").onsubmit = order;
element("coupon").oninput = showBasket;
showProducts();
