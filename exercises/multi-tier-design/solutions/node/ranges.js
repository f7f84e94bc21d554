// Byte ranges (RFC 9110, section 14).

// No byte of the range exists: 416.
class Unsatisfiable extends Error {}

// Returns the bytes that a `Range` field asks for, from `first` up to and
// without `end`, or undefined to send everything.
//
// What is no byte range, or several of them, is not honored. A server may always
// send everything.
function readRange(text, length) {
  const found = /^bytes\s*=\s*([0-9]{0,15})\s*-\s*([0-9]{0,15})$/.exec(text ?? "");
  if (!found || (found[1] === "" && found[2] === "")) return undefined;
  const last = found[2] === "" ? length - 1 : Number(found[2]);
  const first = found[1] === "" ? Math.max(0, length - last) : Number(found[1]);
  const end = found[1] === "" ? length : Math.min(length, last + 1);
  if (found[1] !== "" && found[2] !== "" && last < first) return undefined; // nonsense
  if (first >= length || end <= first) throw new Unsatisfiable();
  return { first, end };
}

module.exports = { Unsatisfiable, readRange };
