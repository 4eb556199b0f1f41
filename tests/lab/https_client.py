"""Somebody who asks an HTTPS server for files, and prints what each answer says. Runs in the phones' place of a lab.

Reads and prints JSON; stdlib only. The server's certificate is checked, as a phone does with the CA it was given.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import sys
from typing import Any


def main(orders: dict[str, Any]) -> None:
    """`server`, `port`, `ca`, and `requests`: each a `path`, and `user`, `password`, `certificate`, `method`."""
    print(json.dumps([asked(orders, one) for one in orders["requests"]]))


def asked(orders: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    """One request on a connection of its own."""
    context = ssl.create_default_context(cafile=orders["ca"])
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.maximum_version = getattr(ssl.TLSVersion, one.get("tls", "MAXIMUM_SUPPORTED"))
    if one.get("certificate"):
        context.load_cert_chain(one["certificate"])
    connection = http.client.HTTPSConnection(orders["server"], orders.get("port", 443), timeout=60, context=context)
    headers = {}
    if "user" in one:
        pair = f"{one['user']}:{one.get('password', '')}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    try:
        connection.request(one.get("method", "GET"), one["path"], headers=headers)
        answer = connection.getresponse()
        body = answer.read().decode(errors="replace")
        return {"status": answer.status, "headers": {k.lower(): v for k, v in answer.getheaders()}, "body": body}
    except (OSError, http.client.HTTPException) as why:
        return {"status": 0, "headers": {}, "body": f"{type(why).__name__}: {why}"}
    finally:
        connection.close()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
