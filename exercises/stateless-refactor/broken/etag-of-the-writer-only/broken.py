"""Only the instance that wrote a document sends its ETag.

Made from the Python solution: everything else is right.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
written = set()


class Remembering(store.Store):
    def replace_preferences(self, user_id, *rest):
        written.add(user_id)
        return super().replace_preferences(user_id, *rest)


usual = server.Handler.read_preferences


def read_preferences(handler):
    answer = usual(handler)
    user, _ = handler.authenticate()
    if user.id not in written:
        answer.headers.pop("ETag")
    return answer


store.Store = Remembering
server.Handler.ROUTES["/preferences"]["GET"] = read_preferences
server.main()
