# SPDX-License-Identifier: MIT
# cr2 learn counter: what learners hand in, built, loaded and judged. What fault_counter.c does wrong is found and named.

bats_require_minimum_version 1.5.0

setup() {
  export XDG_STATE_HOME=$BATS_TEST_TMPDIR
  mine=$BATS_TEST_TMPDIR/mine
  "$CR2" learn counter --new "$mine" >/dev/null
}

# judge KERNEL MISTAKE [OPTION...]
judge() {
  sed "s/^#define MISTAKE 0/#define MISTAKE $2/" "$CR2_SOURCE/tests/guest/fault_counter.c" >"$mine/fault_counter.c"
  run --separate-stderr "$CR2" learn counter "$mine" --kernel "$1" "${@:3}"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
}

wrong() {
  echo "$output"
  [ "$status" -eq 1 ]
  [[ $(tr -s ' \n' ' ' <<<"$output") =~ $1 ]]
}

@test "counter: the right one is right, on both kernels" {
  local kernel
  for kernel in 6.1 6.12; do
    judge "$kernel" 0 --json
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *'"correct":true}' ]]
    [ "$(grep -o '"case"' <<<"$output" | wc -l)" -eq 6 ]
  done
}

@test "counter: mistakes are found and named" {
  judge 6.1 1
  wrong ' threads wrong 52 faults, counted 23 .*current->tgid'
  judge 6.1 2
  wrong ' retried wrong 17 faults, counted 34 .*VM_FAULT_RETRY'
  judge 6.1 3
  wrong ' failed wrong 0 faults, counted 11 .*VM_FAULT_ERROR'
  judge 6.1 4
  wrong ' kernel wrong 59 faults, counted 0 '
  judge 6.1 5
  wrong ' fresh wrong 37 faults, not listed '
}

@test "counter: one that crashes, stays, or makes no file is told, with the kernel's log" {
  judge 6.1 6
  wrong 'the kernel crashed'
  grep -q 'NULL pointer dereference' "$mine/console.log"
  judge 6.1 7
  wrong 'the module cannot be unloaded, or leaves its file behind'
  judge 6.1 8
  wrong '/proc/fault_counter cannot be read'
}

@test "counter: one that hangs has its time, and no more" {
  judge 6.1 9 --time-limit 30 --json
  wrong '"ended":"time out"'
  # So has a build, and all that it starts.
  printf 'x:\n\tsleep 77713\n' >"$mine/Makefile"
  run --separate-stderr "$CR2" learn counter "$mine" --time-limit 1
  [ "$status" -eq 3 ]
  [ "$stderr" = "cr2: learn counter: the build did not end within 5 s; on a busy machine --time-limit gives it more" ]
  run ! pgrep -f 'sleep 77713'
}

@test "counter: one that counts nothing, and one that does not build" {
  run --separate-stderr "$CR2" learn counter "$mine"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
  wrong ' fresh wrong 37 faults, not listed '
  echo 'no C' >"$mine/fault_counter.c"
  run --separate-stderr "$CR2" learn counter "$mine"
  [ "$status" -eq 1 ]
  [[ $stderr == *"it does not build: "*"error:"*"mine/build.log has all of it"* ]]
  # In JSON it is a verdict, which cr2 learn grade takes.
  run --separate-stderr "$CR2" learn counter "$mine" --json
  [ "$status" -eq 1 ]
  [[ $output == '{"exercise":"counter","verdict":"wrong","reason":"the module does not build: '*'error: '*'","correct":false}' ]]
}
