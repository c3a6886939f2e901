# --- what every such script holds ---------------------------------------------

stop() {
  printf 'untestable: %s\n' "$1" >&2
  exit 7
}

if [ -z "$URL" ]; then
  printf 'usage: sh %s URL (the one before /v1.1/), or set SYNCANO_URL\n' "$0" >&2
  exit 2
fi
if [ -z "${SYNCANO_ACCOUNT_KEY:-}" ]; then
  printf 'SYNCANO_ACCOUNT_KEY has to hold the account key of an administrator\n' >&2
  exit 2
fi
for tool in curl jq; do
  command -v "$tool" >/dev/null || { printf '%s is needed\n' "$tool" >&2; exit 2; }
done

work=$(mktemp -d) || exit 2
failed='' judged='' rests='' witnessed=yes

# So many letters and digits that nobody could guess.
word() { LC_ALL=C tr -dc 'bcdfghjkmnpqrstvwxz23456789' </dev/urandom | head -c "$1"; }
digits() { LC_ALL=C tr -dc '0-9a-f' </dev/urandom | head -c "$1"; }

# Keys are not shown.
shown() { sed -E 's/[0-9a-fA-F]{24,}/<key>/g'; }

# Sends a request and keeps the answer: its method, its path, what curl takes.
ask() {
  method=$1 path=$2
  shift 2
  case $method in
    HEAD) set -- --head "$@" ;;
    *) set -- -X "$method" "$@" ;;
  esac
  : >"$work/body"
  status=$(curl -sS -g --path-as-is --max-time 60 -o "$work/body" -D "$work/headers" \
    -w '%{http_code}' "$@" "$URL$path") || stop 'no answer came'
}

# The same for what makes the world: it has to be answered well.
make() {
  ask "$@"
  case $status in
    2??) ;;
    *) stop "its world could not be made, $method was answered with $status: $(shown <"$work/body" | head -c 300)" ;;
  esac
}

# JSONPath in jq: a member, an element, all of either.
paths='
  def m($k): if type == "object" and has($k) then .[$k] else empty end;
  def i($n): if type == "array" and $n < length and $n >= -length then .[$n] else empty end;
  def every: if type == "array" or type == "object" then .[] else empty end;
  def surplus($these; $those): reduce $these[] as $x ({free: $those, n: 0};
    (.free | map(. == $x) | index(true)) as $at
    | if $at == null then .n += 1 else del(.free[$at]) end) | .n;
'

# Keeps in `value` what the answer holds at a place, as JSON: whether the place
# is a single one, the place in jq, and as it is called.
bring() {
  value=$(jq -c "$paths"' [.|'"$2"'] | if '"$1"' then if length > 0 then .[0] else error("nothing") end else . end' \
    "$work/body" 2>/dev/null) || value=''
  [ -n "$value" ] || stop "the answer ($status) has nothing at $3: $(shown <"$work/body" | head -c 300)"
}
text() { printf '%s' "$value" | jq -r 'if type == "string" then . else tojson end'; }

# How an answer can be right. Each says what it expected and what came.

is_status() {
  expected="status $1" actual="status $status, $(cat "$work/body")"
  [ "$status" = "$1" ]
}

header() {
  tr -d '\r' <"$work/headers" | awk -v name="$1" '
    { at = index($0, ":") }
    at && tolower(substr($0, 1, at - 1)) == tolower(name) {
      value = substr($0, at + 1); sub(/^[ \t]+/, "", value); print value
    }'
}

has_header() {
  expected="$1: $2" actual=$(header "$1")
  printf '%s\n' "$actual" | grep -qxF -- "$2"
}

has_no_header() {
  expected="no header $1" actual=$(header "$1")
  [ -z "$actual" ]
}

# How it has to be, whether the place is a single one, the place in jq and as it
# is called, and the value.
is() {
  expected="$4 $1 $5"
  answer=$(jq -r --arg how "$1" --argjson single "$2" --argjson expected "$5" "$paths"'
    [.|'"$3"'] as $nodes
    | ($nodes | length > 0) as $found
    | (if $single then $nodes[0] else $nodes end) as $actual
    | (if $how == "present" then $found == $expected
       elif $single and ($found | not) then false
       elif $how == "equals" then $actual == $expected
       elif $how == "differs" then $actual != $expected
       elif $how == "matches" then ($actual | type) == "string" and ($actual | test($expected))
       elif $how == "count" then ($actual | type == "array" or type == "object") and ($actual | length) == $expected
       elif ($actual | type) != "array" or ($expected | type) != "array" then false
       elif $how == "contains" then surplus($expected; $actual) == 0
       elif $how == "without" then all($expected[]; . as $x | $actual | map(. == $x) | any | not)
       else surplus($expected; $actual) == 0 and surplus($actual; $expected) == 0 end),
      (if $single and ($found | not) then "nothing there" else ($actual | tojson) end)' \
    "$work/body" 2>/dev/null) || answer=''
  [ -n "$answer" ] || answer='false
no JSON'
  actual="status $status, $(printf '%s\n' "$answer" | tail -n +2)"
  [ "$(printf '%s\n' "$answer" | head -n 1)" = true ]
}

matches() {
  expected="a body that matches $1" actual=$(cat "$work/body")
  jq -Rse --arg pattern "$1" 'test($pattern)' "$work/body" >/dev/null
}

# Names and texts, one after the other: none of the texts stands anywhere,
# whatever the case of its letters.
holds_none_of() {
  expected='none of these:' actual=''
  while [ $# -gt 0 ]; do
    expected="$expected $1"
    if { cat "$work/headers" "$work/body"; jq -r '.. | strings' "$work/body" 2>/dev/null; } | grep -qiF -- "$2"; then
      actual="$actual $1"
    fi
    shift 2
  done
  [ -n "$actual" ] || return 0
  actual="the answer holds$actual: status $status, $(cat "$work/body")"
  return 1
}

show() {
  printf '  expected  %s\n' "$(printf '%s' "$expected" | shown)"
  printf '  actual    %s\n' "$(printf '%s' "$actual" | shown | head -c 2000)"
}

# A check that others rest on: its id, how the answer has to be.
witness() {
  id=$1
  shift
  if "$@"; then
    printf '  holds     %s (witness)\n' "$id"
  else
    printf '  fails     %s (witness)\n' "$id"
    show
    witnessed=no
  fi
}

# The check itself: its id, whether it proves nothing without its witnesses, how
# the answer has to be. A refusal never does.
check() {
  id=$1
  if [ "$2" = yes ]; then rests=yes; fi
  shift 2
  judged=yes
  if "$@"; then
    printf '  holds     %s\n' "$id"
    case $status in 401 | 403 | 404) rests=yes ;; esac
  else
    printf '  fails     %s\n' "$id"
    show
    failed=yes
  fi
}

verdict() {
  if [ -n "$failed" ]; then
    printf 'fail\n'
    exit 1
  fi
  if [ -z "$judged" ] || { [ "$rests" = yes ] && [ "$witnessed" = no ]; }; then
    stop 'a witness did not hold, so that the answer proves nothing'
  fi
  printf 'pass\n'
  exit 0
}

# Removes every instance that has the word of this run in its name.
clear_away() {
  result=$?
  trap - EXIT
  left=''
  for key in $keys; do
    next="$ROOT/instances/"
    while [ -n "$next" ]; do
      curl -sS -g --max-time 60 -o "$work/list" -H "X-API-KEY: $key" "$URL$next" || break
      for name in $(jq -r --arg run "$RUN" '.objects[]?.name | select(contains($run))' "$work/list" 2>/dev/null); do
        code=$(curl -sS --max-time 60 -o /dev/null -w '%{http_code}' -X DELETE -H "X-API-KEY: $key" \
          "$URL$ROOT/instances/$name/")
        case $code in
          2?? | 404) ;;
          *) left="$left $name" ;;
        esac
      done
      next=$(jq -r '.next // empty' "$work/list" 2>/dev/null)
    done
  done
  rm -rf "$work"
  if [ -n "$left" ]; then
    printf 'left behind:%s\n' "$left" >&2
    if [ "$result" = 0 ]; then result=8; fi
  fi
  exit "$result"
}
