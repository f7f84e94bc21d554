"""Another right edge: the same contract, and the other choice wherever there is one.

RFC 9111 leaves much to a cache. This one forwards a range that it does not have
as a range, lets those who wait read from the store once everything has come,
answers a cold error of the origin with 502, serves what is merely stale when
nothing better can be had, listens to the client's `no-cache`, never stores what
was asked for with a password, and keeps nothing that the origin gave no lifetime.
It has one thread and an event loop; `rules.py` decides, `wire.py` reads HTTP.
"""

import asyncio
import os
import signal
import sys
import time
from collections import OrderedDict

import rules
from wire import Broken, Gone, Late, Lines, fetch, read_head

NAME = os.environ.get("EDGE_NAME") or "edge"
MOST_BYTES = int(os.environ.get("CACHE_MAX_BYTES") or 64 * 1024 * 1024)
PATIENCE = int(os.environ.get("ORIGIN_TIMEOUT_MS") or 3000) / 1000
LONGEST_BODY = 8 * 1024 * 1024
PART_OF_IT = ("range", "if-range", "if-none-match", "if-modified-since")


class Kept:
    """A stored response; its body is whole."""

    def __init__(self, status, lines, body, vary):
        self.status, self.lines, self.body, self.vary = status, lines, body, vary
        self.said = rules.cache_control(lines)
        self.lifetime = rules.lifetime(lines, self.said)
        self._born = time.monotonic() - rules.age_on_arrival(lines)

    def age(self):
        return time.monotonic() - self._born

    def is_fresh(self):
        return self.age() < self.lifetime

    def may_stand_in(self):
        """Whether it may be served although it is stale, because the origin fails."""
        return rules.may_stand_in(self.said, self.age() - self.lifetime)


class Edge:
    """What all connections share: the store, and what is being fetched for it."""

    def __init__(self):
        self.kept = OrderedDict()  # (URL, what Vary selects) -> Kept
        self.varies = {}  # URL -> names in Vary; dropped with the last of its entries
        self.bytes = 0
        self.coming = {}  # key -> the task that fetches it
        self.writes = 0  # how often anything was changed through here

    def key(self, url, asked):
        return url, tuple(asked.get(name) for name in self.varies.get(url, ()))

    def find(self, url, asked):
        key = self.key(url, asked)
        if key in self.kept:
            self.kept.move_to_end(key)
        return self.kept.get(key)

    def keep(self, url, asked, kept):
        if len(kept.body) + 2048 > MOST_BYTES:
            return
        if self.varies.get(url, kept.vary) != kept.vary:
            self.forget(url)
        self.varies[url] = kept.vary
        key = self.key(url, asked)
        self.drop(key)
        self.varies[url] = kept.vary
        self.kept[key] = kept
        self.bytes += len(kept.body) + 2048
        while self.bytes > MOST_BYTES:
            self.drop(next(iter(self.kept)))

    def forget(self, url):
        for key in [key for key in self.kept if key[0] == url]:
            self.drop(key)

    def drop(self, key):
        kept = self.kept.pop(key, None)
        if kept is None:
            return
        self.bytes -= len(kept.body) + 2048
        if not any(other[0] == key[0] for other in self.kept):
            self.varies.pop(key[0], None)


class Coming:
    """A response on its way to the store, from which its first client reads already."""

    def __init__(self):
        self.head = asyncio.get_running_loop().create_future()
        self.pieces, self.is_over, self.changed = [], False, asyncio.Event()

    def add(self, piece):
        self.pieces.append(piece)
        self.changed.set()

    def end(self, is_whole):
        self.is_whole, self.is_over = is_whole, True
        self.changed.set()

    async def read(self):
        number = 0
        while True:
            while number < len(self.pieces):
                yield self.pieces[number]
                number += 1
            if self.is_over:
                if not self.is_whole:
                    raise Broken
                return
            self.changed.clear()
            await self.changed.wait()


class Exchange:
    """One request of a client, and the answer to it."""

    def __init__(self, edge, reader, writer, method, url, lines, version):
        self.edge, self.reader, self.writer = edge, reader, writer
        self.method, self.url, self.version = method, url, version
        self.asked = lines.end_to_end()
        self.length = lines.get("content-length")
        self.is_last = version == "HTTP/1.0" or "close" in (lines.get("connection") or "").lower()

    async def answer(self):
        if self.url == "/healthz":
            return await self.say(200, b"ok\n", "")
        if self.method != "GET" or self.asked.get("authorization"):
            return await self.forward("fwd=method" if self.method != "GET" else "fwd=bypass")
        kept = self.edge.find(self.url, self.asked)
        wants_news = "no-cache" in rules.cache_control(self.asked)
        if kept and kept.is_fresh() and not wants_news:
            return await self.give(kept, "hit")
        if not kept and self.asked.get("range"):
            return await self.forward("fwd=miss")
        key = self.edge.key(self.url, self.asked)
        if key in self.edge.coming:
            await asyncio.wait([self.edge.coming[key]])
            kept = self.edge.find(self.url, self.asked)
            if kept and kept.is_fresh():
                return await self.give(kept, "hit")
            return await self.forward("fwd=miss", kept)
        return await self.lead(key, kept)

    async def lead(self, key, kept):
        """Fetches for the store, in a task that nobody's hanging up can end."""
        coming = Coming()
        task = asyncio.ensure_future(self.bring(coming, kept))
        self.edge.coming[key] = task
        task.add_done_callback(lambda _: self.edge.coming.pop(key, None))
        outcome = await coming.head
        if isinstance(outcome, Kept):
            return await self.give(outcome, "fwd=stale; fwd-status=304")
        if isinstance(outcome, Exception):
            return await self.fail(outcome, kept)
        if outcome.status >= 500:
            outcome.close()
            return await self.fail(Gone("status %d" % outcome.status), kept)
        pieces = coming.read() if outcome.is_shared else outcome.pieces()
        how = "fwd=%s" % ("stale" if kept else "uri-miss")
        if outcome.is_shared and rules.is_unchanged(self.asked, outcome.lines):
            return await self.send(304, outcome.lines.without("content-length"), how)
        await self.send(outcome.status, outcome.lines, how, pieces)

    async def bring(self, coming, kept):
        asked, writes = self.asked.without(*PART_OF_IT), self.edge.writes
        etag = kept and kept.lines.get("etag")
        if etag:
            asked = asked.also("If-None-Match", etag)
        try:
            response = await fetch("GET", self.url, self.via(asked), b"", PATIENCE)
        except (Gone, Late) as failure:
            return coming.head.set_result(failure)
        if response.status == 304 and etag:
            response.close()
            lines = kept.lines.updated_by(response.lines.without("content-length"))
            fresh = Kept(kept.status, lines, kept.body, kept.vary)
            if writes == self.edge.writes:
                self.edge.keep(self.url, self.asked, fresh)
            return coming.head.set_result(fresh)
        response.is_shared = rules.may_keep(response.status, response.lines) and (
            (response.length or 0) <= MOST_BYTES
        )
        coming.head.set_result(response)
        if not response.is_shared:
            return
        body, is_whole = bytearray(), False
        try:
            async for piece in response.pieces():
                coming.add(piece)
                body += piece
            is_whole = True
        except (Broken, Late):
            pass
        coming.end(is_whole)
        if is_whole and response.knows_end and writes == self.edge.writes:
            vary = rules.vary(response.lines)
            kept = Kept(response.status, response.lines, bytes(body), vary)
            self.edge.keep(self.url, self.asked, kept)

    async def forward(self, how, kept=None):
        body = b""
        if self.length is not None:
            if not self.length.isdigit() or int(self.length) > LONGEST_BODY:
                self.is_last = True
                return await self.say(413, b"too long\n", "")
            body = await self.reader.readexactly(int(self.length))
        try:
            response = await fetch(self.method, self.url, self.via(self.asked), body, PATIENCE)
        except (Gone, Late) as failure:
            return await self.fail(failure, kept)
        if response.status >= 500:
            response.close()
            return await self.fail(Gone("status %d" % response.status), kept)
        if self.method not in ("GET", "HEAD", "OPTIONS") and response.status < 400:
            self.edge.writes += 1
            self.edge.forget(self.url)
        await self.send(response.status, response.lines, how, response.pieces())

    async def fail(self, failure, kept):
        if kept and kept.may_stand_in():
            return await self.give(kept, "hit")
        status = 504 if isinstance(failure, Late) else 502
        await self.say(status, b"the origin is not well\n", "fwd=miss")

    async def give(self, kept, how):
        lines = kept.lines.also("Age", str(int(kept.age())))
        if kept.status != 200:
            return await self.send(kept.status, lines, how, whole(kept.body))
        if rules.is_unchanged(self.asked, lines):
            return await self.send(304, lines.without("content-length", "content-type"), how)
        wanted = rules.wanted(self.asked, lines, len(kept.body))
        if wanted == "none":
            where = Lines([("Content-Range", "bytes */%d" % len(kept.body))])
            return await self.say(416, b"not that long\n", how, where)
        if wanted is None:
            lines = lines.without("content-length").also("Content-Length", str(len(kept.body)))
            return await self.send(200, lines, how, whole(kept.body))
        first, end = wanted
        where = "bytes %d-%d/%d" % (first, end - 1, len(kept.body))
        lines = lines.without("content-length").also("Content-Range", where)
        lines = lines.also("Content-Length", str(end - first))
        await self.send(206, lines, how, whole(kept.body[first:end]))

    async def say(self, status, body, how, lines=Lines()):
        lines = lines.also("Content-Length", str(len(body))).also("Cache-Control", "no-store")
        await self.send(status, lines.also("Content-Type", "text/plain"), how, whole(body))

    async def send(self, status, lines, how, pieces=None):
        is_chunked = pieces is not None and status not in (204, 304) and self.method != "HEAD"
        is_chunked = is_chunked and not lines.get("content-length")
        if is_chunked and self.version == "HTTP/1.0":
            is_chunked, self.is_last = False, True
        if is_chunked:
            lines = lines.also("Transfer-Encoding", "chunked")
        if how:
            lines = lines.also("Cache-Status", "%s; %s" % (NAME, how))
        lines = self.via(lines).also("Connection", "close" if self.is_last else "keep-alive")
        self.writer.write(b"HTTP/1.1 %d -\r\n%s\r\n" % (status, lines.encoded()))
        print("%s %s -> %d %s" % (self.method, self.url, status, how), flush=True)
        if pieces is not None and self.method != "HEAD":
            async for piece in pieces:
                self.writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
                await self.writer.drain()
        if is_chunked:
            self.writer.write(b"0\r\n\r\n")
        await self.writer.drain()

    def via(self, lines):
        return lines.also("Via", "1.1 " + NAME)


async def whole(body):
    for place in range(0, len(body), 65536):
        yield body[place : place + 65536]


async def serve(edge, reader, writer):
    try:
        while True:
            start, lines = await read_head(reader)
            method, url, version = start.split(" ")
            exchange = Exchange(edge, reader, writer, method, url, lines, version)
            await exchange.answer()
            if exchange.is_last:
                break
    except (Broken, Late, ValueError, OSError, asyncio.IncompleteReadError):
        writer.transport.abort()  # so that nobody takes what came for all of it
    finally:
        writer.close()


async def main():
    edge = Edge()
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000"))
    server = await asyncio.start_server(
        lambda reader, writer: serve(edge, reader, writer), host, port, backlog=256
    )
    done = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, done.set)
    print("listening on http://%s:%d" % (host, port), flush=True)
    async with server:
        await done.wait()
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(main())
