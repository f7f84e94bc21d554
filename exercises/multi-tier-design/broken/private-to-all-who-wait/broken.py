"""Requests for the same address wait for one response, and all get it, also a private one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.may_pass_on = lambda request, status, fields: True
policy.may_share = lambda request, entry: True
server.main()
