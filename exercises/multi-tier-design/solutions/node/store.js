// The store: responses in memory, within a bound; the least recently used goes
// first.

const policy = require("./policy");

// What an entry takes besides its body, about.
const OVERHEAD = 2048;

// A stored response.
class Entry {
  #born;

  constructor(url, status, fields, body, age) {
    Object.assign(this, { url, status, fields, body });
    this.directives = policy.directives(fields);
    this.lifetime = policy.lifetime(fields);
    this.#born = performance.now() / 1000 - age;
  }

  get age() {
    return performance.now() / 1000 - this.#born;
  }

  get isFresh() {
    return this.age < this.lifetime;
  }

  get mayServeStale() {
    return policy.mayServeStale(this, this.age - this.lifetime);
  }

  get size() {
    return this.body.length + OVERHEAD;
  }
}

// Entries by URL and by what requests say in the fields that `Vary` names.
class Store {
  #entries = new Map(); // a Map keeps its order: the least recently used is first
  #urls = new Map(); // URL -> the names in Vary, and the keys of its entries
  #bytes = 0;

  constructor(mostBytes) {
    this.mostBytes = mostBytes;
  }

  // Returns the entry that fits a request, fresh or stale, or undefined.
  find(url, request) {
    const key = this.keyOf(url, request);
    const entry = this.#entries.get(key);
    if (!entry || !policy.mayShare(request, entry)) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  // Returns what requests have in common that get the same response, as far as
  // is known.
  keyOf(url, request) {
    return `${url} ${policy.selected(this.#urls.get(url)?.names ?? [], request)}`;
  }

  // Stores an entry, and drops others until it fits.
  keep(entry, request) {
    if (entry.size > this.mostBytes) return;
    const names = policy.varyNames(entry.fields);
    const known = this.#urls.get(entry.url);
    if (known && String(known.names) !== String(names)) this.invalidate(entry.url);
    const key = `${entry.url} ${policy.selected(names, request)}`;
    this.#drop(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes + entry.size <= this.mostBytes) break;
      this.#drop(oldest);
    }
    this.#entries.set(key, entry);
    this.#bytes += entry.size;
    if (!this.#urls.has(entry.url)) this.#urls.set(entry.url, { names, keys: new Set() });
    this.#urls.get(entry.url).keys.add(key);
  }

  // Forgets all that is known of a URL.
  invalidate(url) {
    for (const key of this.#urls.get(url)?.keys ?? []) this.#drop(key);
  }

  #drop(key) {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.size;
    const { keys } = this.#urls.get(entry.url);
    keys.delete(key);
    if (keys.size === 0) this.#urls.delete(entry.url);
  }
}

module.exports = { Entry, Store };
