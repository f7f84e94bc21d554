"""Of a reply, its sender and its number are compared, but not its question.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server

resolver.answers_to = lambda reply, id, name: reply.is_response and reply.id == id

server.main()
