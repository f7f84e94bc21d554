// Runs directory.js as it is. What it needs to be tried out comes from outside:
// a free port, and a path that says it is up. The mended copy (MENDED=1) also
// gets the two things whose absence hides everything else: a parser for bodies,
// and a database.

const net = require('node:net');
const express = require('express');

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, Number(process.env.PORT || port), '127.0.0.1', ...rest);
};

const staged = () => {
  const app = express();
  app.get('/healthz', (req, res) => res.json({ status: 'ok' }));
  if (process.env.MENDED) app.use(express.json());
  return app;
};
require.cache[require.resolve('express')].exports = staged;

if (process.env.MENDED) {
  const people = Array.from({ length: 250 }, (_, i) => ({
    id: i + 1,
    name: `Person ${i + 1}`,
    email: `person${i + 1}@shop.test`,
  }));
  globalThis.database = { query: async () => people.slice(0, 100) };
}

require('./directory.js');
