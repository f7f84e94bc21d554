"""The way to the origin: connections that are kept, and patience that ends."""

import http.client
import socket
import time
from urllib.parse import urlsplit

from fields import Fields

PIECE = 64 * 1024


class Unreachable(Exception):
    """There is no connection, or it broke before a response came: 502."""


class Silent(Exception):
    """No response came in time: 504."""


class Origin:
    """The origin behind a URL."""

    def __init__(self, url, patience):
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError("ORIGIN_URL must look like http://127.0.0.1:8080")
        self._host, self._port = parts.hostname, parts.port or 80
        self._authority, self._prefix = parts.netloc, parts.path.rstrip("/")
        self._patience = patience
        self._idle = []  # appending and popping are safe between threads

    def fetch(self, method, url, fields, body=b""):
        """Sends a request. Returns the response as soon as its header is there."""
        fields = fields.without({"host", "content-length"})
        began = time.monotonic()
        while True:
            connection, is_used = self._connection()
            try:
                connection.putrequest(
                    method, self._prefix + url, skip_host=True, skip_accept_encoding=True
                )
                connection.putheader("Host", self._authority)
                for name, value in fields:
                    connection.putheader(name, value.encode("latin-1"))
                if body or method in ("POST", "PUT", "PATCH"):
                    connection.putheader("Content-Length", str(len(body)))
                connection.endheaders(body or None)
                response = connection.getresponse()
            except socket.timeout:
                connection.close()
                raise Silent from None
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                # The origin may end an idle connection at any moment. What
                # changes nothing there can be sent again, on a new one.
                if is_used and method in ("GET", "HEAD"):
                    continue
                raise Unreachable(str(error)) from None
            return Response(connection, response, time.monotonic() - began, self._idle)

    def _connection(self):
        try:
            return self._idle.pop(), True
        except IndexError:
            pass
        connection = http.client.HTTPConnection(self._host, self._port, timeout=self._patience)
        try:
            connection.connect()
        except socket.timeout:
            raise Silent from None
        except OSError as error:
            raise Unreachable(str(error)) from None
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection, False


class Response:
    """A response of the origin: its header, and a body that is yet to be read."""

    def __init__(self, connection, response, delay, idle):
        self.status = response.status
        self.fields = Fields(response.getheaders()).end_to_end()
        # How long the body is; None if only its end will tell.
        self.length = None if response.chunked else response.length
        self.delay = delay
        self.is_whole = False
        self.is_broken = False
        self._connection, self._response, self._idle = connection, response, idle

    def pieces(self):
        """Yields the body as it arrives.

        Afterwards `is_whole` or `is_broken` says what became of it. Without a
        length and without chunks it is neither: then the end of the connection
        ends the body, and whether it was the right end, nobody knows.
        """
        arrived = 0
        try:
            while arrived != self.length:
                piece = self._response.read1(PIECE)
                if not piece:
                    break
                arrived += len(piece)
                yield piece
            self.is_whole = self._response.chunked or arrived == self.length
            self.is_broken = not self.is_whole and self.length is not None
        except (OSError, http.client.HTTPException):
            self.is_broken = True
        finally:
            self.close()

    def close(self):
        """Gives the connection back, if it can be used again."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        self._response.close()
        if self.is_whole and connection.sock is not None:
            self._idle.append(connection)
        else:
            connection.close()
