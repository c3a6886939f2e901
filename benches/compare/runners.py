"""Programs that send the same thousand requests with the same three checks each: the status, the name, the id."""

import json
import os
import subprocess
import time

from load import Server
from servers import PATH, keys
from tools import HURL, HURL_VERSION, PACKAGES, PLACE, TAVERN, VENV, missing, node_bin

ROUNDS = 7
# The number of files, which can run in parallel, and the number of requests in each file.
FILES, EACH = 10, 100
REQUESTS = FILES * EACH
OURS, IN_PROCESS = "`run`", "`run`, in process"


def measure(program):
    """Returns the seconds for all requests of every round, by name and number of jobs. Programs take turns."""
    with Server(program, "serve", "--random", says_url=True) as server:
        commands = dict(write(program, server))
        measured = {name: [] for name in commands}
        for turn in range(ROUNDS + 1):
            for name, (command, environment) in commands.items():
                begun = time.perf_counter()
                done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env={**os.environ, **environment})
                seconds = time.perf_counter() - begun
                assert done.returncode == 0, f"{name} fails:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
                # The first turn warms up.
                if turn > 0:
                    measured[name].append(seconds)
    return measured


def write(program, server):
    """Writes the same requests for each program. Yields its command and its environment variables."""
    headers, alice = keys(server.ready), server.ready["users"][0]
    url = server.url + PATH
    place = PLACE / "requests"
    for name in ("suite/many", "hurl", "tavern"):
        (place / name).mkdir(parents=True, exist_ok=True)
    for number in range(FILES):
        (place / "suite" / "many" / f"{number}.yaml").write_text(ours(number))
        (place / "hurl" / f"{number}.hurl").write_text(hurl(url, headers, alice) * EACH)
        (place / "tavern" / f"test_{number}.tavern.yaml").write_text(tavern(url, headers, alice, number))
    (place / "suite" / "rules.toml").write_text("")
    (place / "newman.json").write_text(json.dumps(collection(url, headers, alice)))

    # Without a target the suite creates its own world. With a target it uses existing users, like
    # the other programs.
    suite = [program, "run", "--scenarios", place / "suite", "--quiet"]
    secrets = {"API_KEY": headers["X-API-KEY"], "ALICE": alice["password"]}
    at_server = ["--url", server.url, "--instance", "demo", "--api-key", "plain=env:API_KEY", "--user", "alice=env:ALICE"]
    for jobs in (1, 2):
        yield (OURS, jobs), ([*suite, *at_server, "--jobs", jobs], secrets)
        yield (IN_PROCESS, jobs), ([*suite, "--jobs", jobs], {})
        if "hurl" not in missing:
            files = sorted((place / "hurl").glob("*.hurl"))
            command = [HURL / "bin" / "hurl", "--test", "--jobs", jobs, *files]
            yield (f"hurl {HURL_VERSION}", jobs), (command, {})
    if "newman" not in missing:
        command = [node_bin("newman"), "run", place / "newman.json", "--silent"]
        yield (f"newman {PACKAGES['newman']}", 1), (command, {})
    if "tavern" not in missing:
        command = [VENV / "bin" / "python", "-m", "pytest", "-q", "-p", "no:cacheprovider", place / "tavern"]
        yield (f"tavern {TAVERN}", 1), (command, {})


def ours(number):
    steps = []
    for read in range(EACH):
        steps.append(
            f"""
  - name: read {read}
    as: alice
    send: GET /user/
    checks:
      - {{id: many/{number}-{read}-status, status: 200}}
      - {{id: many/{number}-{read}-name, at: $.username, equals: '"{{{{alice.username}}}}"'}}
      - {{id: many/{number}-{read}-id, at: $.id, equals: '"{{{{alice.id}}}}"'}}"""
        )
    return f"title: Reads, part {number}\ngiven: {{users: [alice]}}\nsteps:{''.join(steps)}\n"


def hurl(url, headers, alice):
    head = "".join(f"{name}: {value}\n" for name, value in headers.items())
    asserts = f'status == 200\njsonpath "$.username" == "{alice["username"]}"\njsonpath "$.id" == {alice["id"]}\n'
    return f"GET {url}\n{head}HTTP *\n[Asserts]\n{asserts}\n"


def collection(url, headers, alice):
    script = [
        "pm.test('status', () => pm.response.to.have.status(200));",
        f"pm.test('name', () => pm.expect(pm.response.json().username).to.eql('{alice['username']}'));",
        f"pm.test('id', () => pm.expect(pm.response.json().id).to.eql({alice['id']}));",
    ]
    request = {"method": "GET", "url": url, "header": [{"key": name, "value": value} for name, value in headers.items()]}
    event = {"listen": "test", "script": {"type": "text/javascript", "exec": script}}
    items = [{"name": f"read {number}", "request": request, "event": [event]} for number in range(REQUESTS)]
    schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
    return {"info": {"name": "reads", "schema": schema}, "item": items}


def tavern(url, headers, alice, number):
    request = {"url": url, "method": "GET", "headers": headers}
    response = {"status_code": 200, "strict": False, "json": {"username": alice["username"], "id": alice["id"]}}
    stages = [{"name": f"read {read}", "request": request, "response": response} for read in range(EACH)]
    # JSON is YAML.
    return json.dumps({"test_name": f"reads, part {number}", "stages": stages})
