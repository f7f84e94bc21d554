"""The price in the request is taken, if there is one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import server
import store

read_order, take = server.read_order, store._take


class Priced(store.Item):
    price = None


def read_with_prices(body):
    items, coupon = read_order(body)
    priced = []
    for item, sent in zip(items, json.loads(body)["items"]):
        item = Priced(*item)
        item.price = sent.get("price_cents")
        priced.append(item)
    return priced, coupon


def take_at_their_price(transaction, item):
    line = take(transaction, item)
    return line if item.price is None else line._replace(unit_price_cents=item.price)


server.read_order = read_with_prices
store._take = take_at_their_price
server.main()
