"""Starts servers and sends requests to them."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

CONNECTIONS = 16
SCRIPT = Path(__file__).parent / "wrk.lua"


class Server:
    """A server in the background on the first core; the load comes from the second core."""

    def __init__(self, *command, says_url=False, url=None, **options):
        output = subprocess.PIPE if says_url else subprocess.DEVNULL
        pin = lambda: os.sched_setaffinity(0, {0})
        self.process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=subprocess.DEVNULL, preexec_fn=pin, start_new_session=True, **options
        )
        self.ready = json.loads(self.process.stdout.readline()) if says_url else {}
        self.url = url or self.ready["url"]
        self.wait()

    def wait(self):
        """Waits for the first response, with any status."""
        for _ in range(600):
            try:
                urllib.request.urlopen(self.url, timeout=5)
                return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError(f"{self.process.args[0]} does not answer")

    def seconds(self):
        """Returns the processor time of its processes."""
        spent = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            # The processes of the server have its session id.
            if int(fields[3]) == self.process.pid:
                spent += int(fields[11]) + int(fields[12])
        return spent / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """Returns bytes: the memory of the process itself, and the part of its program file in memory, which others may share."""
        status = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        held = lambda kind: int(next(line.split()[1] for line in status if line.startswith(kind))) * 1024
        return held("RssAnon"), held("RssFile")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def get(url, headers):
    return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30).read()


def load(url, headers, seconds):
    """Sends requests at full speed. Returns the requests per second and the median and 99th percentile latencies in µs."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-s", str(SCRIPT)]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    pin = lambda: os.sched_setaffinity(0, {1})
    done = subprocess.run([*command, url], capture_output=True, text=True, check=True, preexec_fn=pin)
    measured = json.loads(done.stdout.splitlines()[-1])
    assert measured["wrong"] == 0, f"{measured['wrong']} answers are wrong"
    return measured
