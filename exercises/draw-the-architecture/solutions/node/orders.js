// Orders as they are sent: read, and believed only as far as they must be.
//
// A client says which products, how many, and which coupon. Whatever else it
// says, such as a price or a total, is not read at all.

const MOST_LINES = 100;
const LARGEST_QTY = 1000;

// A request that makes no sense. Its text says why.
class Invalid extends Error {}

// Returns the items and the coupon, which may be undefined, of a request body.
function readOrder(body) {
  const order = json(body);
  if (!isObject(order)) throw new Invalid("the body is not a JSON object");
  if (!Array.isArray(order.items) || order.items.length < 1 || order.items.length > MOST_LINES) {
    throw new Invalid(`items must be a list of 1 to ${MOST_LINES}`);
  }
  const items = order.items.map(readItem);
  if (new Set(items.map((item) => item.sku)).size < items.length) {
    throw new Invalid("each product may be there once");
  }
  const coupon = order.coupon ?? undefined;
  if (coupon !== undefined && !isName(coupon)) throw new Invalid("coupon must be a text");
  return { items, coupon };
}

// Returns the idempotency key of a header, or undefined if there is none.
function readKey(key) {
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new Invalid("an Idempotency-Key has 1 to 255 visible characters");
  }
  return key;
}

function json(body) {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw new Invalid("the body is not JSON");
  }
}

function readItem(item) {
  if (!isObject(item) || !isName(item.sku)) throw new Invalid("each item needs a sku");
  if (!Number.isInteger(item.qty) || item.qty < 1 || item.qty > LARGEST_QTY) {
    throw new Invalid(`qty must be a whole number from 1 to ${LARGEST_QTY}`);
  }
  return { sku: item.sku, qty: item.qty };
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

// Whether this is a text that names something and that every database can hold.
function isName(value) {
  if (typeof value !== "string" || !value.isWellFormed() || value.includes("\0")) return false;
  return value.length >= 1 && value.length <= 64;
}

module.exports = { Invalid, readKey, readOrder };
