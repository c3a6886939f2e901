#!/usr/bin/env bash
# Runs the suite against a deployment in any CI system with a shell. Writes reports to ./conformance and exits with the code
# of the run.
#
#   STAGING_URL=https://staging.example.com SYNCANO_ACCOUNT_KEY=... examples/ci/run.sh [words and options of `run`]
#
# If a server in front asks for a user name and a password, set SYNCANO_BASIC to user:password.
set -euo pipefail

: "${STAGING_URL:?the URL of the deployment, before /v1.1/}"
: "${SYNCANO_ACCOUNT_KEY:?the account key of an administrator}"
command -v syncano-conformance >/dev/null ||
    { echo "install it first: cargo install --locked --path path/to/syncano-conformance" >&2; exit 2; }

[ -z "${SYNCANO_BASIC:-}" ] || set -- --basic env:SYNCANO_BASIC "$@"
mkdir -p conformance
code=0
syncano-conformance run --url "$STAGING_URL" --allow-writes "$@" \
    --report json=conformance/report.json --report junit=conformance/junit.xml --report html=conformance/report.html || code=$?

# Shows the changes since the previous run, if its report was kept as conformance/before.json.
if [ -s conformance/before.json ] && [ -s conformance/report.json ]; then
    syncano-conformance compare conformance/before.json conformance/report.json || true
fi
exit "$code"
