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

# Does nobody answer there, who refuses?
no_loopback() {
  ! python3 -c 'import errno, socket
try:
    socket.create_connection(("127.0.0.1", 9))
except OSError as error:
    raise SystemExit(error.errno == errno.ENETUNREACH)'
}

# serve OPTION...: in the background, its address in $url; a page of ours is installed.
serve() {
  ! no_loopback || skip "the loopback interface is down (ip link set lo up)"
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

# hold PORT PATH: connections that ask for nothing, for half of a page, and for a run whose scenario does not come.
hold() {
  python3 -c '
import socket, sys, time
port, path, held = int(sys.argv[1]), sys.argv[2], []
head = f"Host: 127.0.0.1:{port}\r\n"
for text in ["", "GET / HTTP/1.1\r\n", f"POST {path}run HTTP/1.1\r\n{head}Content-Length: 100\r\n\r\nmap"]:
    held.append(socket.create_connection(("127.0.0.1", port)))
    held[-1].sendall(text.encode())
print("held", flush=True)
time.sleep(600)' "$@" >held 3>&- & holder=$!
  until grep -q held held; do sleep 0.05; done
}

@test "web: who does not finish a request keeps nobody waiting" {
  serve --host
  port=${url#http://127.0.0.1:}
  hold "${port%%/*}" "/${port#*/}"
  [[ $(ask GET "$url") == 200* ]]
  run ask POST "${url}run" <<<'wirte m'
  kill $holder
  [[ $output == 200*"unknown operation"* ]]
}

@test "web: it listens on loopback alone, and another name with the same port is refused" {
  serve
  port=${url##*:}
  port=${port%/}
  [ "$(awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && $2 ~ port "$" {print $2}' /proc/net/tcp)" = "$(printf '0100007F:%04X' "$port")" ]
  run awk -v port="$(printf ':%04X' "$port")" '$4 == "0A" && $2 ~ port "$" {print $2}' /proc/net/tcp6
  [ -z "$output" ]
  for name in evil.example:$port 127.0.0.1.evil.example:$port 127.0.0.1 localhost:1 0.0.0.0:$port; do
    [[ $(ask GET "$url" "Host=$name") == 403* ]]
  done
  [[ $(ask GET "$url" "Host=localhost:$port" "Origin=http://localhost:$port") == 200* ]]
}

# Long enough on any machine: a mapping that is looked at whole, 6,000 times.
long_run() {
  echo 'map m 1 rw' >short.litmus
  run --separate-stderr "$CR2" run --on host short.litmus
  [ "$status" -ne 3 ] || skip "$(sed -n '/^!/,/^$/p' <<<"$output" | tr -s '! \n' ' ')$stderr"
  printf 'map m 65536 rw\n' >long.litmus
  for _ in $(seq 3000); do printf 'write m\nadvise m dontneed\n'; done >>long.litmus
}

@test "web --time-limit: a run that takes longer is ended" {
  long_run
  serve --host --time-limit 1
  run ask POST "${url}run" <long.litmus
  [[ $output == 200*"the run was ended: it took longer than 1 seconds"* ]]
  run ask POST "${url}run" <<<'wirte m'
  [[ $output == 200*"unknown operation"* ]]
}

@test "web: one run at a time, which ends with who asked for it, and with the server" {
  long_run
  serve --host
  ask POST "${url}run" <long.litmus >/dev/null 2>&1 3>&- & asker=$!
  until pgrep -P $server >child; do sleep 0.05; done
  [[ $(ask POST "${url}run" <<<'map m 1 rw') == "409
another run is under way"* ]]
  pkill -P $asker # its python3: who asks hangs up
  while kill -0 "$(cat child)"; do sleep 0.05; done
  ask POST "${url}run" <long.litmus >/dev/null 2>&1 3>&- &
  until pgrep -P $server >child; do sleep 0.05; done
  kill $server
  wait $server || [ $? -eq 143 ]
  server=
  ! kill -0 "$(cat child)"
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
