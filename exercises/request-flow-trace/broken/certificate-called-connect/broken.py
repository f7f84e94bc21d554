"""A certificate that is refused is told as a connection that could not be made.

Made from the Python solution: everything else is right.
"""

import connection
import server

Failure = connection.Failure
connection.Failure = lambda kind, text: Failure("connect" if kind == "certificate" else kind, text)

server.main()
