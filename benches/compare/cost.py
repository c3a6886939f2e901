"""What our own program costs by itself: time to start, the suite, memory, the build."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from load import Server, load
from servers import PATH, keys
from tools import PLACE, ROOT

ROUNDS = 11
REQUESTS = 1_000_000


def seconds(command, **options):
    begun = time.perf_counter()
    subprocess.run(list(map(str, command)), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.perf_counter() - begun


def times(program):
    """Seconds, of every round."""
    commands = {
        "the process starts and ends: `--version`": [program, "--version"],
        "all scenarios, in process: `run --access-table off`": [program, "run", "--access-table", "off", "--quiet"],
        "the same with the whole access table: `run`": [program, "run", "--quiet"],
    }
    measured = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            spent = seconds(command)
            if turn > 0:
                measured[name].append(spent)
    return measured


def memory(program):
    """What `serve` holds after so many requests: by their number, the bytes of its own and of its program."""
    with Server(program, "serve", "--random", says_url=True) as server:
        time.sleep(1)
        held, sent = {0: server.memory()}, 0
        for enough, turn in [(1, 1), (REQUESTS, 5)]:
            while sent < enough:
                sent += load(server.url + PATH, keys(server.ready), turn)["requests"]
            time.sleep(1)
            held[sent] = server.memory()
        return held


def in_process(program):
    """What benches/compare/in_process.rs says."""
    return json.loads(subprocess.run([program], stdout=subprocess.PIPE, text=True, check=True).stdout)


def build():
    """Seconds: a release build with nothing built before, and a build of all tests after one scenario was touched."""
    fresh = PLACE / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    cargo = ["cargo", "build", "--release", "--locked", "--target-dir", fresh]
    cold = seconds(cargo, cwd=ROOT)
    shutil.rmtree(fresh, ignore_errors=True)
    tests = ["cargo", "test", "--locked", "--no-run"]
    seconds(tests, cwd=ROOT)
    os.utime(next(Path(ROOT, "scenarios", "user").glob("*.yaml")))
    return {"cold": cold, "incremental": seconds(tests, cwd=ROOT)}
