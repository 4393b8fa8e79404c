# SPDX-License-Identifier: MIT
# cr2 web: the page on loopback, to those who know the address; runs on this kernel where they are offered.

# bats file_tags=once

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  mkdir -p bin share/cr2
  cp "$CR2" bin/cr2
  export LD_LIBRARY_PATH=${CR2%/*}/src
}

teardown() {
  [ -z "${server:-}" ] || kill "$server"
}

# serve OPTION...: in the background, its address in $url; a page of ours is installed.
serve() {
  echo '<html><head></head><script id="scenario"></script>' >share/cr2/cr2.html
  bin/cr2 web --port 0 "$@" 2>said 3>&- & server=$!
  for _ in $(seq 400); do
    url=$(grep -o 'http://[^ ]*' said) && return
    kill -0 $server || { server=; skip "$(cat said)"; }
    sleep 0.05
  done
  return 1
}

# ask METHOD URL [HEADER=VALUE...]: the status and the body; what is sent is on standard input.
ask() {
  python3 -c '
import sys, urllib.request, urllib.error
method, url, headers = sys.argv[1], sys.argv[2], dict(word.split("=", 1) for word in sys.argv[3:])
data = sys.stdin.buffer.read() if method == "POST" else None
try:
    answer = urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method))
except urllib.error.HTTPError as error:
    answer = error
print(answer.status)
sys.stdout.write(answer.read().decode())' "$@"
}

@test "web: the page, at 127.0.0.1, and nothing else" {
  serve
  [[ $url =~ ^http://127\.0\.0\.1:[0-9]+/$ ]]
  [ "$(ask GET "$url")" = "200
<html><head></head><script id=\"scenario\"></script>" ]
  [[ $(ask GET "${url}etc/passwd") == 404* ]]
  [[ $(ask POST "${url}run" <<<'map m 1 rw') == 405* ]]
}

@test "web: other sites' pages are refused, by name and by origin" {
  serve --host
  [[ $(ask GET "$url" Host=evil.example) == 403* ]]
  [[ $(ask GET "$url" Origin=http://evil.example) == 403* ]]
  [[ $(ask POST "${url}run" Origin=null <<<'map m 1 rw') == 403* ]]
}

@test "web --host: runs, for those who know the address" {
  serve --host
  [[ $url =~ ^http://127\.0\.0\.1:[0-9]+/[0-9a-f]{32}/$ ]]
  [[ $(ask GET "$url") == *'<meta name="cr2-host" content="run"></head>'* ]]
  [[ $(ask GET "${url%/*/}/") == 404* ]]
  [[ $(ask POST "${url%/*/}/run" <<<'map m 1 rw') == 404* ]]
  run ask POST "${url}run" <<<'wirte m'
  [[ $output == 200*"unknown operation 'wirte'"* ]]
  [[ $(ask POST "${url}run" </dev/null) == 400* ]]
}

@test "web: a port that is taken, a page that is not there" {
  serve
  port=${url##*:}
  run bin/cr2 web --port "${port%/}"
  [ "$status" -eq 3 ]
  [[ $output == *"cannot listen on 127.0.0.1:${port%/}: Address already in use" ]]
  rm share/cr2/cr2.html
  run bin/cr2 web
  [ "$status" -eq 3 ]
  [[ $output == *"'make web' builds it"* ]]
  run bin/cr2 web --port 65536
  [ "$status" -eq 2 ]
}
