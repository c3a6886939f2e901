"""Servers that give the same answer to the same request: alice's `GET /user/`."""

import json
from contextlib import ExitStack

from load import Server, free_port, get, load
from tools import PACKAGES, PLACE, missing, node_bin

ROUNDS = 7
SECONDS = 3
PATH = "/v1.1/instances/demo/user/"
# Where the others are looked at.
OURS = "`serve`"
BARE = "bare hyper"


def measure(program, peers):
    """Requests a second and latencies of all of them, in turns: by name, then the figures of every round."""
    with ExitStack() as stack:
        start = lambda *command, **options: stack.enter_context(Server(*command, **options))
        serve = start(program, "serve", "--random", says_url=True)
        headers = keys(serve.ready)
        body = get(serve.url + PATH, headers)
        servers = {OURS: (serve, headers)}
        for name, mode in [(BARE, "bare"), ("the simulator on a `wiremock::MockServer`", "mounted")]:
            server = start(peers, mode, says_url=True)
            servers[name] = (server, keys(server.ready))
        for package, command, options in others(body):
            if package in missing:
                continue
            port = free_port()
            arguments = [str(part).replace("PORT", str(port)) for part in command]
            server = start(node_bin(arguments[0]), *arguments[1:], url=f"http://127.0.0.1:{port}", **options)
            servers[f"{package} {PACKAGES[package]}"] = (server, headers)
        for name, (server, headers) in servers.items():
            shown = json.loads(get(server.url + PATH, headers))
            assert shown["username"] == "alice" and len(shown) == 6, f"{name} gives another answer: {shown}"
        measured = {name: [] for name in servers}
        for turn in range(ROUNDS + 1):
            for name, (server, headers) in servers.items():
                before = server.seconds()
                figures = load(server.url + PATH, headers, SECONDS)
                figures["busy"] = (server.seconds() - before) / figures["requests"] * 1e6
                # The first turn warms up.
                if turn > 0:
                    measured[name].append(figures)
    return measured


def keys(ready):
    return {"X-API-KEY": ready["api_keys"]["plain"], "X-USER-KEY": ready["users"][0]["user_key"]}


def others(body):
    """For each package its command, with files that make it answer with this body."""
    place = PLACE / "answers"
    (place / "mappings").mkdir(parents=True, exist_ok=True)
    answer = json.loads(body)

    def write(name, content):
        (place / name).write_text(json.dumps(content))
        return place / name

    response = {"status": 200, "body": body.decode(), "headers": {"Content-Type": "application/json; charset=utf-8"}}
    write("mappings/user.json", {"request": {"method": "GET", "urlPath": PATH}, "response": response})
    yield "wiremock", ["wiremock", "--port", "PORT", "--bind-address", "127.0.0.1", "--root-dir", place], {}

    content = {"application/json": {"schema": {"type": "object"}, "example": answer}}
    described = {"get": {"responses": {"200": {"description": "alice", "content": content}}}}
    openapi = {"openapi": "3.1.0", "info": {"title": "alice", "version": "1"}, "paths": {PATH: described}}
    prism = ["prism", "mock", "--port", "PORT", "--host", "127.0.0.1", "--verboseLevel", "silent", write("openapi.json", openapi)]
    yield "@stoplight/prism-cli", prism, {}

    header = {"key": "Content-Type", "value": "application/json; charset=utf-8"}
    reply = {"uuid": "2", "statusCode": 200, "body": body.decode(), "bodyType": "INLINE", "headers": [header], "default": True}
    route = {"uuid": "1", "type": "http", "method": "get", "endpoint": PATH.strip("/") + "/", "responses": [reply]}
    environment = {"uuid": "0", "name": "alice", "lastMigration": 33, "hostname": "127.0.0.1", "routes": [route]}
    mockoon = ["mockoon-cli", "start", "--port", "PORT", "--disable-log-to-file", "--data", write("mockoon.json", environment)]
    yield "@mockoon/cli", mockoon, {}

    routes = write("routes.json", {PATH: "/user"})
    server = ["json-server", "--port", "PORT", "--host", "127.0.0.1", "--quiet", "--routes", routes, write("db.json", {"user": answer})]
    yield "json-server", server, {"cwd": place}
