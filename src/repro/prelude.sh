# --- functions of every script
# --------------------------------------------------
#
# The deployment is not trusted: its answers are shown without control
# characters, and values are sent again only after validation.

stop() {
  printf 'untestable: %s\n' "$1" >&2
  exit 7
}

if [ -z "$URL" ]; then
  printf 'usage: sh %s URL (the URL before /v1.1/), or set SYNCANO_URL\n' "$0" >&2
  exit 2
fi
if [ -z "${SYNCANO_ACCOUNT_KEY:-}" ]; then
  printf 'set SYNCANO_ACCOUNT_KEY to the account key of an administrator\n' >&2
  exit 2
fi
case $SYNCANO_ACCOUNT_KEY in
  *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=-]*)
    printf 'SYNCANO_ACCOUNT_KEY contains characters that are not valid in a key\n' >&2
    exit 2
    ;;
esac
case ${SYNCANO_BASIC:-:} in
  *[[:cntrl:]]*)
    printf 'SYNCANO_BASIC contains control characters\n' >&2
    exit 2
    ;;
  *:*) ;;
  *)
    printf 'SYNCANO_BASIC is not of the form user:password\n' >&2
    exit 2
    ;;
esac
for tool in curl jq; do
  command -v "$tool" >/dev/null || { printf 'install %s\n' "$tool" >&2; exit 2; }
done

# Only the current user may read the files, because requests contain keys.
umask 077
work=$(mktemp -d) || exit 2
failed='' judged='' rests='' witnessed=yes names=''

# Prints random letters and digits.
word() { LC_ALL=C tr -dc 'bcdfghjkmnpqrstvwxz23456789' </dev/urandom | head -c "$1"; }
digits() { LC_ALL=C tr -dc '0-9a-f' </dev/urandom | head -c "$1"; }

# Prints the first bytes of a text, with keys replaced and with escapes for
# control characters and characters that change the direction of text.
shown() {
  LC_ALL=C sed -E 's/[0-9a-fA-F]{24,}/<key>/g' | head -c "$1" | jq -Rrs '
    def hex: if . < 16 then "0123456789abcdef"[.:. + 1] else (. / 16 | floor | hex) + (. % 16 | hex) end;
    def hidden: (. < 32 and . != 9 and . != 10) or (. >= 127 and . < 160) or . == 173 or . == 1564 or . == 6158
      or (. >= 8203 and . <= 8207) or (. >= 8232 and . <= 8238) or (. >= 8288 and . <= 8303) or . == 65279
      or (. >= 917504 and . <= 917631);
    [explode[] | if hidden then "\\u{" + hex + "}" else [.] | implode end] | add // ""'
}

# Prints a line of a configuration for curl.
setting() {
  case $2 in
    *[[:cntrl:]]*) stop "a value of an answer cannot be sent: $(printf '%s' "$2" | shown 300)" ;;
    *[\\\"]*) set -- "$1" "$(printf '%s' "$2" | sed 's/[\\"]/\\&/g')" ;;
  esac
  printf '%s = "%s"\n' "$1" "$2"
}

# Sends a request and keeps the answer: method, path, headers and body as curl
# takes them. They go to curl in a file, because all users of a machine can read
# command lines.
ask() {
  method=$1 path=$2
  shift 2
  {
    setting url "$URL$path"
    [ -z "${SYNCANO_BASIC:-}" ] || setting user "$SYNCANO_BASIC"
    case $method in
      HEAD) printf 'head\n' ;;
      *) setting request "$method" ;;
    esac
    while [ $# -gt 1 ]; do
      case $1 in
        -H) setting header "$2" ;;
        *)
          printf '%s' "$2" >"$work/sent"
          setting data-binary "@$work/sent"
          ;;
      esac
      shift 2
    done
  } >"$work/request"
  : >"$work/body"
  status=$(curl -sS -g --path-as-is --proto '=http,https' --max-time 60 --max-filesize 16777216 \
    -o "$work/body" -D "$work/headers" -w '%{http_code}' --config "$work/request" 2>"$work/error") ||
    stop "no answer: $(shown 300 <"$work/error")"
}

# Sends a request that creates the world; it must succeed.
make() {
  ask "$@"
  case $status in
    2??) ;;
    *) stop "cannot create the world, $method was answered with $status: $(shown 300 <"$work/body")" ;;
  esac
}

# JSONPath in jq: a member, an element, all members or elements.
paths='
  def m($k): if type == "object" and has($k) then .[$k] else empty end;
  def i($n): if type == "array" and $n < length and $n >= -length then .[$n] else empty end;
  def every: if type == "array" or type == "object" then .[] else empty end;
  def surplus($these; $those): reduce $these[] as $x ({free: $those, n: 0};
    (.free | map(. == $x) | index(true)) as $at
    | if $at == null then .n += 1 else del(.free[$at]) end) | .n;
'

# Keeps a value of the answer in `value`, as JSON: whether it is a single place,
# the place in jq, and its name.
bring() {
  value=$(jq -c "$paths"' [.|'"$2"'] | if '"$1"' then if length > 0 then .[0] else error("nothing") end else . end' \
    "$work/body" 2>/dev/null) || value=''
  [ -n "$value" ] || stop "the answer ($status) has no value at $3: $(shown 300 <"$work/body")"
}

# Prints the value as text.
text() {
  case $value in
    *\\*) printf '%s' "$value" | jq -r 'if type == "string" then . else tojson end' ;;
    \"*) unquoted=${value#?} && printf '%s\n' "${unquoted%?}" ;;
    *) printf '%s\n' "$value" ;;
  esac
}

# Prints the value in other forms: as part of a JSON string, and as part of a
# path or of a query.
inner() { text | jq -Rs 'rtrimstr("\n")' | sed 's/^"//; s/"$//'; }
part() { text | jq -Rrs 'rtrimstr("\n") | @uri'; }

unfit() { stop "the answer ($status) has an invalid $1: $(printf '%s' "$value" | shown 300)"; }

# Validates an identifier: a number.
number() {
  case $value in
    '' | *[!0123456789]* | ?????????????????????*) unfit 'identifier' ;;
  esac
}

# Validates a key or an e-mail address: a word.
token() {
  value_text=$(text)
  case $value_text in
    '' | *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~+/=@%:-]*) unfit 'key or e-mail address' ;;
  esac
}

# Validates a segment of a path that leads nowhere else.
segment() {
  value_text=$(text)
  case $value_text in
    '' | . | .. | */*) unfit 'part of a path' ;;
  esac
}

# Validates a link below this URL, and keeps its path.
link() {
  value_text=$(text)
  case $value_text in
    "$URL"/*) value_text=${value_text#"$URL"} ;;
  esac
  safe_link "$value_text" || unfit 'link below the URL'
}

# Checks that a path begins with a version and has no other host or parent.
safe_link() {
  case $1 in
    *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~/?\&=%+,:@-]*) return 1 ;;
    /v1/* | /v1.1/*) ;;
    *) return 1 ;;
  esac
  case ${1%%\?*}/ in
    *//*/ | */./* | */../* | *%* | *@*) return 1 ;;
  esac
}

# Assertions on an answer. Each keeps the expected and the actual text.

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
  printf '%s\n' "$2" >"$work/expected"
  printf '%s\n' "$actual" | grep -qxF -f "$work/expected"
}

has_no_header() {
  expected="no header $1" actual=$(header "$1")
  [ -z "$actual" ]
}

# Evaluates an assertion: its name, whether it is a single place, the place in
# jq, its name, and the value.
is() {
  expected="$4 $1 $5"
  printf '%s' "$5" >"$work/expected"
  answer=$(jq -r --arg how "$1" --argjson single "$2" --slurpfile one "$work/expected" "$paths"'
    $one[0] as $expected
    | [.|'"$3"'] as $nodes
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
      (if $single and ($found | not) then "no value" else ($actual | tojson) end)' \
    "$work/body" 2>/dev/null) || answer=''
  [ -n "$answer" ] || answer='false
not JSON'
  actual="status $status, $(printf '%s\n' "$answer" | tail -n +2)"
  [ "$(printf '%s\n' "$answer" | head -n 1)" = true ]
}

matches() {
  expected="a body that matches $1" actual=$(cat "$work/body")
  jq -Rse --arg pattern "$1" 'test($pattern)' "$work/body" >/dev/null
}

# Names and texts, in turn: none of the texts occurs anywhere, ignoring case.
holds_none_of() {
  expected='none of these:' actual=''
  while [ $# -gt 0 ]; do
    expected="$expected $1"
    printf '%s\n' "$2" >"$work/expected"
    if { cat "$work/headers" "$work/body"; jq -r '.. | strings' "$work/body" 2>/dev/null; } |
      grep -qiF -f "$work/expected"; then
      actual="$actual $1"
    fi
    shift 2
  done
  [ -n "$actual" ] || return 0
  actual="the answer holds$actual: status $status, $(cat "$work/body")"
  return 1
}

show() {
  printf '  expected  %s\n' "$(printf '%s' "$expected" | shown 2000)"
  printf '  actual    %s\n' "$(printf '%s' "$actual" | shown 2000)"
}

# A witness: its id, and the assertion.
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

# The requested check: its id, whether it depends on its witnesses, and the
# assertion. A rejection always does.
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
    stop 'a witness failed, so the answer proves nothing'
  fi
  printf 'pass\n'
  exit 0
}

# Deletes what the script has created: only the instances of these names,
# regardless of the list of the deployment.
clean_up() {
  result=$?
  trap - EXIT
  left=''
  for name in $names; do
    rejected=''
    for key in $keys; do
      # A failure must not prevent the other deletions.
      code=$(ask DELETE "$ROOT/instances/$name/" -H "X-API-KEY: $key" >/dev/null 2>&1 && printf '%s' "$status") || code=000
      case $code in
        2??) rejected='' && break ;;
        401 | 403 | 404 | 410) ;;
        *) rejected=$code ;;
      esac
    done
    if [ -n "$rejected" ]; then left="$left $name"; fi
  done
  for key in $keys; do
    if [ -n "$names" ]; then look_for_rest "$key"; fi
  done
  rm -rf "$work"
  if [ -n "$left" ]; then
    printf 'left behind:%s\n' "$left" >&2
    if [ "$result" = 0 ]; then result=8; fi
  fi
  exit "$result"
}

# Adds the names of the script that an account still lists to `left`. Follows
# the list only below its own URL, and only to a limit.
look_for_rest() {
  next="$ROOT/instances/?page_size=100"
  pages=0
  while [ "$pages" -lt 20 ]; do
    pages=$((pages + 1))
    (ask GET "$next" -H "X-API-KEY: $1") >/dev/null 2>&1 || return 0
    for name in $names; do
      case "$left " in *" $name "*) continue ;; esac
      if jq -e --arg name "$name" 'any(.objects[]?.name; . == $name)' "$work/body" >/dev/null 2>&1; then
        left="$left $name"
      fi
    done
    next=$(jq -r '.next | strings' "$work/body" 2>/dev/null) || return 0
    next=${next#"$URL"}
    case $next in "$ROOT/instances/?"*) ;; *) return 0 ;; esac
    safe_link "$next" || return 0
  done
}
