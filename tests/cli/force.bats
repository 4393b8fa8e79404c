# SPDX-License-Identifier: MIT
# cr2 force: which faults there are, what is shown of them, exit codes.

bats_require_minimum_version 1.5.0

# As root, where the kernel lets us look; else the test ends as skipped.
force() {
  run --separate-stderr "$CR2" force "$@"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
}

@test "without a kind they are listed, with what they come to" {
  run --separate-stderr "$CR2" force
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  for kind in demand zero cow reuse file protection null exec stack bus major huge kernel; do
    [[ $output =~ (^|$'\n')$kind\ +0x ]] || { echo "no $kind"; false; }
  done
  [[ $output =~ cow\ +0x7\ +wp_copy ]]
  [[ $output =~ exec\ +0x15\ +segv_accerr ]]
}

@test "the list as JSON: one object a kind" {
  run --separate-stderr "$CR2" force --json
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 13 ]
  [[ ${lines[0]} == '{"kind":"demand","error":"0x6","path":"anon_alloc","major":false,"result":"ok",'* ]]
}

# bats test_tags=once
@test "--scenario: what is run, and the model says the same of it" {
  for kind in $("$CR2" force --json | sed 's/{"kind":"\([a-z]*\)".*/\1/'); do
    "$CR2" force --scenario "$kind" > "$BATS_TEST_TMPDIR/$kind.litmus"
    run "$CR2" run "$BATS_TEST_TMPDIR/$kind.litmus"
    [ "$status" -eq 0 ] || { echo "$output"; false; }
    [[ $output == *"1 expectation met"* ]]
  done
}

@test "a kind that there is not: exit 2, and the nearest" {
  run "$CR2" force demnd
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown kind 'demnd'; did you mean 'demand'?" ]
  run "$CR2" force --scenario
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: force: --scenario needs a KIND; 'cr2 force' lists them" ]
}

@test "one fault: error code, path, counts, both pages" {
  force cow
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $output == *"0x7 = 00111b  P=1 present  W=1 write  U=1 user"* ]]
  [[ $output == *"wp_copy, minor, wp_page_copy"* ]]
  [[ $output == *"1 page-fault exception; getrusage: 1 minor, 0 major"* ]]
  [[ $output =~ exclusive\ +no\ +yes ]]
  [[ $output == *anon_exclusive* && $output != *owner_2* ]]
  [[ $output =~ old\ frame\ +0x[0-9a-f]+:\ mapped\ 2\ →\ 1 ]]
}

@test "a signal: its frame has the tracepoint's error code" {
  force protection
  [ "$status" -eq 0 ]
  [[ $output == *"SIGSEGV (11), si_code SEGV_ACCERR (2), si_addr 0x200000200000"* ]]
  [[ $output == *"error code 0x7: as the tracepoint"* ]]
}

@test "a kernel address: the frame hides what the tracepoint shows" {
  force --json kernel
  [ "$status" -eq 0 ]
  [[ $output == *'"fault":{"error":"0x4","addr":"0xffff800000000000",'* ]]
  [[ $output == *'"signal":{"signo":11,"code":1,'*'"cr2":"0xffff800000000000",'*'"error":"0x5"'* ]]
  [[ $output == *'"exceptions":1,"minflt":0,"majflt":0,'* && $output == *'"codes":"hidden"'* ]]
  [[ $output == *'"holds":true}' ]]
}

teardown() {
  [ -z "${folder:-}" ] || rm -rf "$folder"
}

# bats test_tags=once
@test "no line is wider than the terminal" {
  command -v script > /dev/null || skip "no script(1) here"
  (: <>/dev/ptmx) 2>/dev/null || skip "no pseudo-terminals here (mount -t devpts devpts /dev/pts)"
  force demand
  for width in 80 100; do
    run script -qec "stty cols $width; NO_COLOR=1 '$CR2' force; NO_COLOR=1 '$CR2' force cow exec kernel" /dev/null
    [ "$status" -eq 0 ]
    widest=$(tr -d '\r' <<<"$output" | LC_ALL=C.UTF-8 awk '{ if (length > m) m = length } END { print m }')
    [ "$widest" -le "$width" ] || { echo "$widest of $width"; false; }
  done
}

@test "all: one of every kind" {
  run --separate-stderr "$CR2" force --json all
  [ "$status" -eq 0 ] || [ "$status" -eq 3 ]
  [ "$status" -eq 0 ] || skip "${stderr_lines[0]}"
  [ "${#lines[@]}" -eq 13 ]
  for line in "${lines[@]}"; do
    [[ $line == *'"exceptions":1,'*'"holds":true}' ]] || { echo "$line"; false; }
  done
}

@test "without privileges: what the process itself sees, one line, exit 3" {
  [ "$(id -u)" -eq 0 ] || skip "only root can become someone else"
  setpriv --reuid 65534 true || skip "this user namespace has no other user"
  [ -x "$CR2_BUILD/cr2-static" ] || skip "no cr2-static in this build, and nobody may read the build"
  folder=$(mktemp -d)
  chmod 755 "$folder"
  install -m 755 "$CR2_BUILD/cr2-static" "$folder/cr2"
  nobody() {
    run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$folder/cr2" force "$@"
  }
  nobody null
  [ "$status" -eq 3 ]
  [[ $stderr == "cr2: force null: "*"run as root"* ]]
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
  [[ $output == *"0x4 = 00100b"* && $output == *"from the signal frame alone"* ]]
  [[ $output == *"SIGSEGV (11), si_code SEGV_MAPERR (1), si_addr 0x0"* ]]
  nobody demand
  [ "$status" -eq 3 ]
  [[ $output == *"getrusage: 1 minor, 0 major"* ]]
  [[ $output =~ page\ +not\ present\ +present ]]
  nobody null demand cow # what is in the way of all is said once
  [ "$status" -eq 3 ]
  [ "$(wc -l <<<"$stderr")" -eq 1 ]
}

@test "output that cannot be written: exit 3, not silence" {
  [ -w /dev/full ] || skip "no /dev/full here"
  run --separate-stderr bash -c '"$CR2" force > /dev/full'
  [ "$status" -eq 3 ]
  [[ $stderr == "cr2: cannot write: "* ]]
}
