"""The name servers in the report are those of a book; the real ones are asked, and not reported.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class FromABook(tracer.Tracer):
    def trace(self, url, hops):
        page = super().trace(url, hops)
        for hop in hops:
            if "dns" in hop and not hop["dns"]["cached"]:
                hop["dns"]["server"] = "198.41.0.4"
        return page


server.Tracer = FromABook

server.main()
