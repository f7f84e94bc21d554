"""HTTP/1.1 on asyncio's streams: heads, bodies, and requests to the origin."""

import asyncio
import os
from urllib.parse import urlsplit

ORIGIN = urlsplit(os.environ.get("ORIGIN_URL", ""))
ONE_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
    "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip


class Gone(Exception):
    """The origin cannot be reached, or ended before it answered."""


class Late(Exception):
    """The origin did not answer in time."""


class Broken(Exception):
    """A body ended before its end."""


class Lines(list):
    """Header fields: pairs of a name and a value."""

    def get(self, name):
        values = [value for key, value in self if key.lower() == name]
        return ", ".join(values) if values else None

    def without(self, *names):
        return Lines(pair for pair in self if pair[0].lower() not in names)

    def also(self, name, value):
        return Lines([*self, (name, value)])

    def updated_by(self, others):
        names = {key.lower() for key, _ in others}
        return Lines([*self.without(*names), *others])

    def end_to_end(self):
        named = {part.strip().lower() for part in (self.get("connection") or "").split(",")}
        return self.without(*ONE_HOP, *named)

    def encoded(self):
        return "".join("%s: %s\r\n" % pair for pair in self).encode("latin-1")


async def read_head(reader):
    """Returns the first line of a message, and its fields."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError:
        raise Broken from None
    first, *rest = head[:-4].decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in rest)
    return first, Lines((name, value.strip()) for name, _, value in pairs)


async def fetch(method, url, lines, body, patience):
    """Asks the origin, on a connection of its own. Returns as soon as the head is there."""
    lines = lines.without("host", "content-length").also("Host", ORIGIN.netloc)
    lines = lines.also("Connection", "close")
    if body or method in ("POST", "PUT", "PATCH"):
        lines = lines.also("Content-Length", str(len(body)))
    try:
        return await asyncio.wait_for(_ask(method, url, lines, body, patience), patience)
    except asyncio.TimeoutError:
        raise Late from None
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise Gone(str(error)) from None


async def _ask(method, url, lines, body, patience):
    reader, writer = await asyncio.open_connection(ORIGIN.hostname, ORIGIN.port or 80)
    try:
        start = "%s %s HTTP/1.1\r\n" % (method, ORIGIN.path.rstrip("/") + url)
        writer.write(start.encode("latin-1") + lines.encoded() + b"\r\n" + body)
        start, fields = await read_head(reader)
        return Response(method, int(start.split(" ")[1]), fields, reader, writer, patience)
    except BaseException:
        writer.close()
        raise


class Response:
    """A response of the origin, with a body that is yet to be read."""

    def __init__(self, method, status, lines, reader, writer, patience):
        self.status, self.lines = status, lines.end_to_end()
        self._reader, self._writer, self._patience = reader, writer, patience
        self._is_chunked = "chunked" in (lines.get("transfer-encoding") or "").lower()
        length = lines.get("content-length")
        self.length = int(length) if length and not self._is_chunked else None
        if method == "HEAD" or status in (204, 304):
            self.length, self._is_chunked = 0, False
        self.knows_end = self._is_chunked or self.length is not None

    async def pieces(self):
        """Yields the body as it arrives."""
        try:
            if self._is_chunked:
                while True:
                    size = int((await self._line()).split(b";")[0], 16)
                    if size == 0:
                        return
                    async for piece in self._some(size):
                        yield piece
                    await self._line()
            async for piece in self._some(self.length):
                yield piece
        finally:
            self.close()

    async def _some(self, length):
        arrived = 0
        while arrived != length:
            most = 65536 if length is None else min(65536, length - arrived)
            piece = await self._timely(self._reader.read(most))
            if not piece and length is None:
                return
            if not piece:
                raise Broken
            arrived += len(piece)
            yield piece

    async def _line(self):
        line = await self._timely(self._reader.readline())
        if not line.endswith(b"\n"):
            raise Broken
        return line

    async def _timely(self, read):
        try:
            return await asyncio.wait_for(read, self._patience)
        except asyncio.TimeoutError:
            raise Late from None
        except OSError:
            raise Broken from None

    def close(self):
        self._writer.close()
