// The staff directory. It logs people in, and lists them.
const express = require('express');
const jwt = require('jsonwebtoken');

const app = express();
const KEY = process.env.JWT_SECRET || 'change-me-later';

// --- Version 1: the server remembers who is logged in ---
const sessions = {};

app.post('/v1/login', (req, res) => {
  const { userId } = req.body;
  const id = Math.random().toString(36).slice(2, 15);
  sessions[id] = { userId, since: Date.now() };
  res.json({ id });
});

app.get('/v1/me', (req, res) => {
  const session = sessions[req.get('session-id')];
  if (!session) return res.status(401).json({ error: 'Log in first' });
  res.json({ userId: session.userId });
});

// --- Version 2: the token says it all, so any server will do ---
app.post('/v2/login', (req, res) => {
  const { userId } = req.body;
  const claims = { userId, role: 'user' };
  res.json({ token: jwt.sign(claims, KEY, { expiresIn: '24h' }) });
});

function loggedIn(req, res, next) {
  const header = req.get('authorization');
  const token = header && header.split(' ')[1];
  if (!token) return res.status(401).json({ error: 'No token' });
  jwt.verify(token, KEY, (error, claims) => {
    if (error) return res.status(403).json({ error: 'Bad token' });
    req.claims = claims;
    next();
  });
}

app.get('/v2/me', loggedIn, (req, res) => {
  res.json({ userId: req.claims.userId, role: req.claims.role });
});

// --- The third tier ---
app.get('/users', async (req, res) => {
  try {
    const rows = await database.query(
      'SELECT id, name, email FROM users LIMIT 100');
    res.json({ count: rows.length, users: rows });
  } catch (error) {
    res.status(500).json({ error: 'Something went wrong' });
  }
});

app.listen(3000, () => console.log('Listening on port 3000'));
