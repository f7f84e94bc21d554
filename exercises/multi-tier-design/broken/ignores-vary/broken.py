"""The first language is everybody's language.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.vary_names = lambda fields: ()
server.main()
