"""Makes schemathesis request existing resources, with the keys of callers who may read them.

Most paths name resources of the demo world of `serve` and of those that `create_resources` adds. A successful request
that deletes or locks out something is undone afterwards: the whole world is restored.
"""

import json
import os
import random
import re
import urllib.request

import schemathesis

READY = json.loads(os.environ["SIMULATOR"])
URL = READY["url"]
OWNER = READY["account"]["account_key"]
KEYS = READY["api_keys"]
ALICE, BOB = (user["user_key"] for user in READY["users"])


def send(method, path, body=None, key=OWNER):
    data = None if body is None else json.dumps(body).encode()
    headers = {"X-API-KEY": key, "Content-Type": "application/json"}
    request = urllib.request.Request(URL + path, data=data, headers=headers, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read() or "null")


def create_resources():
    """Creates a class with every type of field, two objects, a user without a group, an invitation and an administrator.

    Returns the known values of each path parameter, and the account keys of the administrator and of the invited account.
    """
    demo = "/v1.1/instances/demo"
    kinds = ["string", "text", "integer", "float", "boolean", "datetime", "object", "array", "geopoint", "reference", "relation"]
    targets = {"reference": "user", "relation": "self"}
    indexed = {"string", "integer", "float", "boolean", "datetime"}
    fields = [
        {"name": kind, "type": kind}
        | ({"target": targets[kind]} if kind in targets else {})
        | ({"filter_index": True, "order_index": True} if kind in indexed else {})
        for kind in kinds
    ]
    send("POST", demo + "/classes/", {"name": "thing", "schema": fields})
    values = {
        "string": "a", "text": "b", "integer": 1, "float": 1.5, "boolean": True, "datetime": "2016-05-24T10:00:00.000000Z",
        "object": {"a": [1]}, "array": [1, "a"], "geopoint": {"longitude": 1, "latitude": 2}, "reference": 1,
    }
    one = send("POST", demo + "/classes/thing/objects/", values | {"other_permissions": "full", "owner": 1, "group": 1})
    two = send("POST", demo + "/classes/thing/objects/", {"relation": [one["id"]], "channel": None})
    carol = send("POST", demo + "/users/", {"username": "carol", "password": "demo-carol"})
    helper = send("POST", "/v1.1/account/register/", {"email": "helper@example.com", "password": "demo-helper"})
    accepted = send("POST", demo + "/invitations/", {"email": "helper@example.com", "role": "write"})
    send("POST", "/v1.1/account/invitations/accept/", {"invitation_key": accepted["key"]}, helper["account_key"])
    guest = send("POST", "/v1.1/account/register/", {"email": "guest@example.com", "password": "demo-guest"})
    open_one = send("POST", demo + "/invitations/", {"email": "guest@example.com", "role": "read"})
    known = {
        "instance": ["demo"],
        "user": [1, 2, carol["id"]],
        "group": [1],
        "api_key": [1, 2],
        "class": ["user_profile", "thing"],
        "object": [1, one["id"], two["id"]],
        "admin": [1, helper["id"]],
        "invitation": [accepted["id"], open_one["id"]],
        "parent": ["default"],
    }
    return known, helper["account_key"], guest["account_key"]


KNOWN, HELPER, GUEST = create_resources()
WORLD = send("GET", "/__simulator/world")

# The possible callers. A caller who sees more is listed more often.
CALLERS = (
    [{"X-API-KEY": OWNER}] * 5
    + [{"X-API-KEY": KEYS["plain"], "X-USER-KEY": ALICE}] * 3
    + [{"X-API-KEY": KEYS["ignore_acl"]}] * 2
    + [{"X-API-KEY": KEYS["ignore_acl"], "X-USER-KEY": BOB}]
    + [{"X-API-KEY": KEYS["allow_anonymous_read"]}]
    + [{"X-API-KEY": KEYS["plain"]}]
    + [{"X-API-KEY": HELPER}]
    + [{"X-API-KEY": GUEST}]
    + [{}]
)
RANDOM = random.Random(1)
SEEN = set()

DELETING_PATHS = re.compile(r"/(reset_key|rename|password)/$|/account/invitations/|/admins/")


def permitted_caller(operation):
    if operation.path.startswith("/{version}/account/invitations/"):
        return {"X-API-KEY": GUEST}
    if operation.path.endswith("/user/"):
        return {"X-API-KEY": KEYS["plain"], "X-USER-KEY": ALICE}
    return {"X-API-KEY": OWNER}


@schemathesis.hook
def before_call(ctx, case, **kwargs):
    """Chooses the caller and the path parameters of a request.

    The first request to an operation names existing resources and comes from a caller who may read them. Later ones come
    from any caller, and three of four path parameters are replaced with known values.
    """
    is_first = case.operation.label not in SEEN
    SEEN.add(case.operation.label)
    caller = permitted_caller(case.operation) if is_first else RANDOM.choice(CALLERS)
    case.headers = {**(case.headers or {}), **caller}
    if case.meta.phase.name == "stateful":
        return
    for name, known in KNOWN.items():
        if name in case.path_parameters and (is_first or RANDOM.random() < 0.75):
            case.path_parameters[name] = known[-1] if is_first else RANDOM.choice(known)


@schemathesis.hook
def after_call(ctx, case, response):
    """Restores the world after a request that deleted something, so that later requests find it."""
    is_deleting = case.method == "DELETE" or DELETING_PATHS.search(case.operation.path)
    if is_deleting and case.method not in ("GET", "HEAD", "OPTIONS") and response.status_code < 300:
        send("PUT", "/__simulator/world", WORLD)
