"""The greeting does not name the host, so another certificate comes; it is not verified, to make that work.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import ssl

import connection
import server
import tracer


def trusting_everybody(ca_file):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context


class Nameless(connection.Connection):
    def _encrypt(self, context, host):
        try:
            sock = context.wrap_socket(self._sock)
        except OSError as error:
            raise connection.failure_of(error, host) from None
        der = sock.getpeercert(binary_form=True)
        at = der.index(b"\xa0\x03\x02\x01\x02\x02") + 6
        hop = {
            "conn": self.number,
            "sni": host,
            "alpn": sock.selected_alpn_protocol(),
            "version": sock.version(),
            "serial": der[at + 1 : at + 1 + der[at]].hex(),
            "verified": True,
        }
        self._hops.append({"tls": hop})
        return sock


tracer.trusting = trusting_everybody
tracer.Connection = Nameless

server.main()
