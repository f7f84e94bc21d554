// A body that many read while it still arrives.

// The body ended before its end.
class Broken extends Error {
  isBroken = true;
}

// The bytes of a response, of a length that is known from the beginning.
//
// They are copied together: a piece that comes from the network is a small part
// of a large buffer, all of which it would keep alive.
class Body {
  #bytes;
  #arrived = 0;
  #isBroken = false;
  #waiting = [];

  constructor(length) {
    this.#bytes = Buffer.allocUnsafeSlow(length);
  }

  get length() {
    return this.#bytes.length;
  }

  get isComplete() {
    return this.#arrived === this.length;
  }

  add(piece) {
    this.#arrived += piece.copy(this.#bytes, this.#arrived);
    this.#wake();
  }

  // No more will come. If that is too early, all readers hear of it.
  end() {
    this.#isBroken = !this.isComplete;
    this.#wake();
  }

  // Yields the bytes from `first` up to `end`, as they arrive.
  async *read(first, end) {
    while (first < end) {
      while (this.#arrived <= first) {
        if (this.#isBroken) throw new Broken("the origin ended too early");
        await new Promise((wake) => this.#waiting.push(wake));
      }
      const place = Math.min(this.#arrived, end);
      yield this.#bytes.subarray(first, place);
      first = place;
    }
  }

  #wake() {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

module.exports = { Body };
