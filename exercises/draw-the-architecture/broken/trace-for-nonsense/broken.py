"""What cannot be read is answered with a stack trace and the settings.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os
import traceback

import server


class Handler(server.Handler):
    def outcome(self):
        try:
            self.body = self.read_body()
            return self.route()(self)
        except server.Invalid:
            trace = traceback.format_exc()
            return server.Answer(422, {"trace": trace, "settings": dict(os.environ)})
        except Exception as error:
            return self.refusal(error)

    def refusal(self, error):
        def fail():
            raise error

        self.read_body = fail
        return super().outcome()


server.Handler = Handler
server.main()
