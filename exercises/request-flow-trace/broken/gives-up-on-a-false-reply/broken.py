"""A false reply is noticed, and taken for the end.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server


def certain(reply, id, name, answers=resolver.answers_to):
    if not answers(reply, id, name):
        raise resolver.Failure("timeout", "somebody sends false replies")
    return True


resolver.answers_to = certain

server.main()
