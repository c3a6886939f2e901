"""Installs the programs that are compared with ours into target/compare, in fixed versions."""

import json
import os
import platform
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "target" / "compare"
NODE = PLACE / "node"
VENV = PLACE / "venv"
HURL = PLACE / "hurl"

PACKAGES = {
    "wiremock": "3.13.2",
    "@stoplight/prism-cli": "5.14.2",
    "@mockoon/cli": "9.9.0",
    "json-server": "0.17.4",
    "newman": "6.2.2",
}
TAVERN = "3.7.1"
HURL_VERSION = "8.0.1"

# The programs that could not be installed, with the reason; the tables list them.
missing = {}


def quiet(*command, **options):
    """Runs a command and returns its output. Its output is in the error if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))} ends with {done.returncode}: {done.stdout.strip()[-400:]}")
    return done.stdout


def optional(name, install):
    """Installs a program that may be left out."""
    try:
        install()
    except (OSError, RuntimeError) as error:
        missing[name] = str(error).splitlines()[0]


def install():
    """Installs the missing programs. Only `wrk` is required."""
    PLACE.mkdir(parents=True, exist_ok=True)
    if not shutil.which("wrk"):
        raise SystemExit("wrk is missing: apt-get install wrk")
    for name, version in PACKAGES.items():
        optional(name, lambda: node_package(name, version))
    if not shutil.which("java"):
        missing["wiremock"] = "there is no java"
    optional("tavern", tavern)
    optional("hurl", hurl)


def node_package(name, version):
    described = NODE / "node_modules" / name / "package.json"
    if described.exists() and json.loads(described.read_text())["version"] == version:
        return
    NODE.mkdir(exist_ok=True)
    if not (NODE / "package.json").exists():
        (NODE / "package.json").write_text('{"private": true}\n')
    quiet("npm", "install", "--no-audit", "--no-fund", "--save-exact", f"{name}@{version}", cwd=NODE)


def tavern():
    if not (VENV / "bin" / "python").exists():
        quiet("python3", "-m", "venv", VENV)
    quiet(VENV / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", f"tavern=={TAVERN}", "pytest==8.4.2")


def hurl():
    # Needs libcurl4-openssl-dev, libxml2-dev and libclang-dev (Debian names).
    if not (HURL / "bin" / "hurl").exists():
        quiet("cargo", "install", "hurl", "--version", HURL_VERSION, "--locked", "--root", HURL)


def node_bin(name):
    return NODE / "node_modules" / ".bin" / name


def build():
    """Builds our own programs and returns their paths by name."""
    # Build the program alone: together with the benchmarks it would get features that the release does not have.
    program = PLACE / "syncano-conformance"
    shutil.copy2(cargo_build("--bin", "syncano-conformance")["syncano-conformance"], program)
    return {**cargo_build("--bench", "peers", "--bench", "in_process"), "syncano-conformance": program}


def cargo_build(*targets):
    command = ["cargo", "build", "--release", "--locked", "--message-format=json-render-diagnostics", *targets]
    built = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    messages = map(json.loads, built.splitlines())
    return {m["target"]["name"]: m["executable"] for m in messages if m.get("executable")}


def machine():
    """Yields the machine and the versions, in one line each."""
    first = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0].strip()
    cpu = next(line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    memory = int(next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))) / 2**20
    yield f"{os.cpu_count()} cores of a virtual machine ({cpu}), {memory:.0f} GiB, Linux {platform.release()}"
    yield f"{first('rustc', '--version')}, Node.js {first('node', '--version')}, Python {platform.python_version()}"
