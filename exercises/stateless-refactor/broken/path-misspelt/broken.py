"""Preferences are at another path than in the contract.

Made from the Python solution: everything else is right.
"""

import server

server.Handler.ROUTES["/preference"] = server.Handler.ROUTES.pop("/preferences")

server.main()
