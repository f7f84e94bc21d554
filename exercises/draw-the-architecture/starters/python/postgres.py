"""PostgreSQL: a small client, with nothing but the standard library.

    pool = Pool("postgres://user:password@127.0.0.1:5432/name")
    with pool.connection() as database:
        database.query("SELECT legs FROM pets WHERE name = $1", "Rex").rows  # [(4,)]
        with database.transaction():
            database.query("UPDATE pets SET legs = 3 WHERE name = $1", "Rex").count  # 1

It speaks version 3 of PostgreSQL's protocol (its manual describes it in the
chapter "Frontend/Backend Protocol"): each message is a letter, a length, and a
content. Values travel as text, both ways. It knows no TLS, because it is made
for a database on the same machine.
"""

import base64
import contextlib
import hashlib
import hmac
import secrets
import select
import socket
import struct
import threading
from collections import namedtuple
from urllib.parse import unquote, urlsplit

# What came of a statement: its rows, each a tuple; how many rows it returned or
# changed; and what PostgreSQL says it did, such as "UPDATE" or "COMMIT".
Result = namedtuple("Result", "rows count command")

# How the text of a value is read, by the number of its type (`pg_type.oid`).
# What is not listed stays text.
READERS = {
    16: lambda text: text == "t",  # boolean
    17: lambda text: bytes.fromhex(text[2:]),  # bytea, as in \x00ff
    20: int,  # bigint
    21: int,  # smallint
    23: int,  # integer
    700: float,  # real
    701: float,  # double precision
}


class PostgresError(Exception):
    """PostgreSQL refused. `code` is the SQLSTATE: "23505" is a row that is there already."""

    def __init__(self, code, message):
        super().__init__("%s (SQLSTATE %s)" % (message, code))
        self.code = code


class ConnectionLost(Exception):
    """There is no connection, or no longer.

    Whether a statement was carried out that was sent and not answered is not
    known. It may have been, so do not simply send it again.
    """


class Pool:
    """Connections that are kept open and lent out, each to one thread at a time.

    Opening one takes PostgreSQL a new process and several milliseconds, and it
    takes no more than a hundred of them by default, for all instances together.
    """

    def __init__(self, url, size=20, patience=10):
        self._url, self._patience = url, patience
        self._free = threading.BoundedSemaphore(size)
        self._idle = []  # appending and popping are safe between threads

    @contextlib.contextmanager
    def connection(self):
        """Lends a connection to a `with` block."""
        if not self._free.acquire(timeout=self._patience):
            raise ConnectionLost("all connections are in use")
        try:
            connection = self._usable()
            try:
                yield connection
            finally:
                if connection.is_usable():
                    self._idle.append(connection)
                else:
                    connection.close()
        finally:
            self._free.release()

    def _usable(self):
        # The one that was used last is the likeliest to stand.
        while self._idle:
            connection = self._idle.pop()
            if connection.is_usable():
                return connection
            connection.close()
        return Connection(self._url, self._patience)


class Connection:
    """One connection. A statement that takes longer than `patience` seconds fails."""

    def __init__(self, url, patience):
        parts = urlsplit(url)
        self._awaiting = True  # something was sent, and not all of the answer is here
        try:
            address = (parts.hostname, parts.port or 5432)
            self._socket = socket.create_connection(address, timeout=patience)
        except OSError as error:
            raise ConnectionLost("cannot connect: %s" % error) from error
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # PostgreSQL gives up first, and says so. This is for when it cannot.
        self._socket.settimeout(patience + 2)
        self._received = self._socket.makefile("rb")
        settings = {
            "user": unquote(parts.username or ""),
            "database": unquote(parts.path[1:]),
            "client_encoding": "UTF8",
            "statement_timeout": "%d" % (patience * 1000),
        }
        try:
            self._start(settings, unquote(parts.password or ""))
        except BaseException:
            self.close()
            raise

    def query(self, sql, *values):
        """Carries out one statement, in which `$1`, `$2` stand for the values.

        The values travel apart from the statement, so that nothing in them can
        be taken for SQL.
        """
        bound = struct.pack("!H", len(values)) + b"".join(map(_value, values))
        self._send(
            _message(b"P", b"\0" + _text(sql) + b"\0\0"),  # parse this statement
            _message(b"B", b"\0\0\0\0" + bound + b"\0\0"),  # bind these values to it
            _message(b"D", b"P\0"),  # describe the columns that come
            _message(b"E", b"\0\0\0\0\0"),  # execute, and send all rows
            _message(b"S"),  # that is all: answer
        )
        return self._answer()

    def script(self, sql):
        """Carries out statements without values, separated by semicolons."""
        self._send(_message(b"Q", _text(sql)))
        return self._answer()

    @contextlib.contextmanager
    def transaction(self):
        """All of the `with` block happens or nothing: it commits, or undoes after an error."""
        self.script("BEGIN")
        try:
            yield self
        except BaseException:
            # When the connection breaks, PostgreSQL undoes by itself.
            if self.is_usable():
                self.script("ROLLBACK")
            raise
        if self.script("COMMIT").command != "COMMIT":
            # So it answers if a statement failed and the block went on anyway.
            raise PostgresError("25P02", "nothing was committed, because a statement failed")

    def is_usable(self):
        """Whether another statement can be sent, as far as this side can know.

        Unasked, PostgreSQL says nothing until it ends the connection. If there
        is something to read, it is the end.
        """
        return not self._awaiting and not select.select([self._socket], [], [], 0)[0]

    def close(self):
        with contextlib.suppress(OSError):
            self._socket.sendall(_message(b"X"))  # goodbye
        self._received.close()
        self._socket.close()

    def _start(self, settings, password):
        words = b"".join(_text(word) for setting in settings.items() for word in setting)
        # The first message has no letter, but the version of the protocol: 3.0.
        self._send(_message(b"", struct.pack("!HH", 3, 0) + words + b"\0"))
        scram = None
        while True:
            kind, content = self._receive()
            if kind == b"Z":  # ready
                return
            if kind == b"E":
                raise _error(content)
            if kind != b"R":  # settings, and a key to cancel with
                continue
            (step,) = struct.unpack_from("!I", content)
            if step == 10 and b"SCRAM-SHA-256" in content[4:].split(b"\0"):
                scram = Scram(password)
                first = scram.first().encode()
                chosen = _text("SCRAM-SHA-256") + struct.pack("!I", len(first))
                self._send(_message(b"p", chosen + first))
            elif step == 11:
                self._send(_message(b"p", scram.final(content[4:].decode()).encode()))
            elif step == 12:
                scram.verify(content[4:].decode())
            elif step != 0:  # 0 is "come in"
                raise PostgresError("28000", "it wants a password, but not by SCRAM-SHA-256")

    def _answer(self):
        readers, rows, count, command, error = [], [], 0, "", None
        while True:
            kind, content = self._receive()
            if kind == b"T":  # the columns of the rows that follow
                readers = _readers(content)
            elif kind == b"D":  # a row
                rows.append(_row(content, readers))
            elif kind == b"C":  # carried out, as in "INSERT 0 1" or "COMMIT"
                command, *numbers = content[:-1].decode().split(" ")
                count = int(numbers[-1]) if numbers and numbers[-1].isdigit() else 0
            elif kind == b"E":
                error = _error(content)
            elif kind == b"Z":  # ready for the next statement, also after an error
                if error:
                    raise error
                return Result(rows, count, command)

    def _send(self, *messages):
        self._awaiting = True
        try:
            self._socket.sendall(b"".join(messages))
        except OSError as error:
            raise ConnectionLost(str(error)) from error

    def _receive(self):
        """Returns the letter and the content of the next message."""
        try:
            kind, length = struct.unpack("!cI", self._read(5))
            content = self._read(length - 4)
        except OSError as error:
            raise ConnectionLost(str(error) or "the connection broke") from error
        self._awaiting = kind != b"Z"
        return kind, content

    def _read(self, length):
        data = self._received.read(length)
        if len(data) < length:
            raise ConnectionResetError("PostgreSQL ended the connection")
        return data


class Scram:
    """Proves that one knows the password, without sending it (RFC 5802 and 7677).

    Who listens learns nothing to log in with, and a server that does not know
    the password is found out.
    """

    def __init__(self, password):
        self._password = password.encode()
        self._nonce = secrets.token_urlsafe(18)

    def first(self):
        return "n,,n=,r=" + self._nonce

    def final(self, challenge):
        fields = dict(field.split("=", 1) for field in challenge.split(","))
        if not fields["r"].startswith(self._nonce):
            raise PostgresError("28000", "it answers somebody else's question")
        salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac("sha256", self._password, salt, rounds)
        key = _hmac(salted, b"Client Key")
        # "biws" is "n,," in Base64: no TLS channel to tie the proof to.
        final = "c=biws,r=" + fields["r"]
        signed = ("n=,r=%s,%s,%s" % (self._nonce, challenge, final)).encode()
        signature = _hmac(hashlib.sha256(key).digest(), signed)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        self._expected = _hmac(_hmac(salted, b"Server Key"), signed)
        return final + ",p=" + base64.b64encode(proof).decode()

    def verify(self, final):
        signature = base64.b64decode(final[2:]) if final.startswith("v=") else b""
        if not hmac.compare_digest(signature, self._expected):
            raise PostgresError("28000", "it does not know the password itself")


def _hmac(key, text):
    return hmac.new(key, text, hashlib.sha256).digest()


def _message(kind, content=b""):
    return kind + struct.pack("!I", len(content) + 4) + content


def _text(text):
    data = text.encode()
    if b"\0" in data:
        raise PostgresError("22021", "a text with the character U+0000 cannot be sent")
    return data + b"\0"


def _value(value):
    """A value for a statement, with its length before it; -1 is NULL."""
    if value is None:
        return struct.pack("!i", -1)
    data = ("\\x" + value.hex() if isinstance(value, bytes) else str(value)).encode()
    return struct.pack("!i", len(data)) + data


def _readers(content):
    """How each column is read."""
    (columns,) = struct.unpack_from("!H", content)
    readers, place = [], 2
    for _ in range(columns):
        place = content.index(b"\0", place) + 1  # after its name
        (kind,) = struct.unpack_from("!I", content, place + 6)
        readers.append(READERS.get(kind, str))
        place += 18
    return readers


def _row(content, readers):
    values, place = [], 2
    for reader in readers:
        (length,) = struct.unpack_from("!i", content, place)
        place += 4
        if length < 0:
            values.append(None)
        else:
            values.append(reader(content[place : place + length].decode()))
            place += length
    return tuple(values)


def _error(content):
    """An error: fields of one letter and a text. C is the code, M the message."""
    fields = {field[:1]: field[1:].decode() for field in content.split(b"\0") if field}
    return PostgresError(fields.get(b"C", ""), fields.get(b"M", ""))
