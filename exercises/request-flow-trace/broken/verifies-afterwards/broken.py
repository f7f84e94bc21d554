"""The name in the certificate is verified when the answer is there.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server
import tracer
from network import Failure


def trusting_for_now(ca_file):
    context = connection.trusting(ca_file)
    context.check_hostname = False
    return context


class Late(connection.Connection):
    def get(self, url):
        response = super().get(url)
        if url.startswith("https:"):
            names = [name for _, name in self._sock.getpeercert()["subjectAltName"]]
            if connection.urlsplit(url).hostname not in names:
                raise Failure("certificate", url)
        return response


tracer.trusting = trusting_for_now
tracer.Connection = Late

server.main()
