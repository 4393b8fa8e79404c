# SPDX-License-Identifier: MIT
# What the tests of stat, trace, record and report have in common: `load tracing`.

# Nothing may go on for ever; what begins here must not either.
export BATS_TEST_TIMEOUT=100
TRACED_PROGRAMS=$CR2_BUILD/tests/trace
PRIMES=$TRACED_PROGRAMS/primes
STORM=$TRACED_PROGRAMS/storm

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

# What a test started in the background.
teardown() {
  [ -z "$storm$cr2$parent" ] || kill -KILL $storm $cr2 $parent 2>/dev/null || true
}

# Where the kernel or the rights do not allow it, the test is skipped with what cr2 says: less than the state of each
# fault, as perf events show it without rights, is what own.bats is about.
traced() {
  local source=()

  [[ $1 != stat && $1 != trace && $1 != record ]] || source=(--source bpf)
  run --separate-stderr timeout -k 5 60 "$CR2" "$1" "${source[@]}" "${@:2}"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
}

record() {
  traced record "$@"
}

# Waits until the file has so many lines, which a program in the background writes.
await_lines() {
  until [ "$(wc -l <"$1")" -ge "$2" ]; do sleep 0.05; done 2>/dev/null
}

# Waits until a cr2 in the background follows the processes of its -p.
await_followed() {
  until ls -l /proc/"$1"/fd 2>/dev/null | grep -q pidfd || ! kill -0 "$1" 2>/dev/null; do sleep 0.05; done
}

perf() {
  timeout -k 5 60 perf "$@"
}

need_perf() {
  perf --version >/dev/null 2>&1 || skip "no perf here (package linux-perf)"
}

# perf_says FILE: why perf did not do it, of what it wrote there: a heading, or what it could not parse, comes first.
perf_says() {
  head -3 "$1" | tr -s '[:space:]' ' '
}

# A number of a JSON object.
number() {
  grep -o "\"$1\":[0-9]*" <<<"$2" | cut -d : -f 2
}
