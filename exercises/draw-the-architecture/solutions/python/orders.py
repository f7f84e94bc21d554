"""Orders as they are sent: read, and believed only as far as they must be.

A client says which products, how many, and which coupon. Whatever else it says,
such as a price or a total, is not read at all.
"""

import json
import re

from store import Item

MOST_LINES = 100
LARGEST_QTY = 1000


class Invalid(Exception):
    """A request that makes no sense. Its text says why."""


def read_order(body):
    """Returns the items and the coupon, which may be None, of a request body."""
    try:
        order = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    if not isinstance(order, dict):
        raise Invalid("the body is not a JSON object")
    items = order.get("items")
    if not isinstance(items, list) or not 1 <= len(items) <= MOST_LINES:
        raise Invalid("items must be a list of 1 to %d" % MOST_LINES)
    items = [_read_item(item) for item in items]
    if len({item.sku for item in items}) < len(items):
        raise Invalid("each product may be there once")
    coupon = order.get("coupon")
    if coupon is not None and not _is_name(coupon):
        raise Invalid("coupon must be a text")
    return items, coupon


def read_key(key):
    """Returns the idempotency key of a header, or None if there is none."""
    if key is not None and not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise Invalid("an Idempotency-Key has 1 to 255 visible characters")
    return key


def _read_item(item):
    if not isinstance(item, dict) or not _is_name(item.get("sku")):
        raise Invalid("each item needs a sku")
    qty = item.get("qty")
    # In Python, True is a whole number.
    if type(qty) is not int or not 1 <= qty <= LARGEST_QTY:
        raise Invalid("qty must be a whole number from 1 to %d" % LARGEST_QTY)
    return Item(item["sku"], qty)


def _is_name(value):
    """Whether this is a text that names something and that every database can hold."""
    if not isinstance(value, str) or not 1 <= len(value) <= 64 or "\0" in value:
        return False
    try:
        return bool(value.encode("utf-8"))
    except UnicodeEncodeError:
        return False
