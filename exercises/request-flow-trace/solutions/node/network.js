// The way to the mini-internet: which loopback port stands for which address.
//
// Addresses such as 192.0.2.1 are reserved for documentation (RFC 5737); nothing
// real has them. `NET_MAP` says where each of them is on this machine. Whatever
// it does not name is a place where nobody lives: we must not knock there for real.

const dgram = require("node:dgram");
const net = require("node:net");

// Why there is no page: "certificate", "name-not-found", "connect", or "timeout".
class Failure extends Error {
  constructor(error, detail) {
    super(detail);
    this.error = error;
  }
}

class Network {
  #map;

  constructor(netMap) {
    this.#map = JSON.parse(netMap);
  }

  // Whether there is anybody at this address. `transport` is "udp" or "tcp".
  has(transport, ip, port) {
    return `${transport}/${ip}:${port}` in this.#map;
  }

  // Returns a promise of a socket that sends to this address, and hears this
  // address only.
  udp(ip, port) {
    return new Promise((resolve, reject) => {
      const socket = dgram.createSocket("udp4");
      const place = this.#place("udp", ip, port);
      socket.once("error", reject);
      // Connected: the system drops what others send here (RFC 5452, section
      // 9.1). And each socket gets a port of its own, at random.
      socket.connect(place.port, place.host, () => resolve(socket));
    });
  }

  // Returns a promise of a connection.
  tcp(ip, port, milliseconds) {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ ...this.#place("tcp", ip, port), noDelay: true });
      const timer = setTimeout(() => {
        socket.destroy();
        reject(new Failure("timeout", `${ip} port ${port} does not answer`));
      }, milliseconds);
      socket.once("error", (error) => {
        clearTimeout(timer);
        reject(new Failure("connect", `${ip} port ${port}: ${error.message}`));
      });
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve(socket);
      });
    });
  }

  #place(transport, ip, port) {
    const place = this.#map[`${transport}/${ip}:${port}`];
    if (!place) throw new Failure("connect", `nobody has the address ${ip} port ${port}`);
    const [host, realPort] = place.split(":");
    return { host, port: Number(realPort) };
  }
}

module.exports = { Failure, Network };
