# SPDX-License-Identifier: MIT
# The host runner's tests on a machine of their own, where every setting is there to be changed and
# control groups are cgroup2's.

bats_require_minimum_version 1.5.0

# Runs the test programs in one boot; the shell and the libraries come from here.
in_guest() { # VERSION TEST...
  local version=$1 path files=() tests=()

  shift
  for test in "$@"; do tests+=("$CR2_HOST_TESTS/test-host-$test"); done
  for path in $(ldd /bin/sh "${tests[@]}" | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
    files+=(-f "$path=$path")
  done
  for path in "${tests[@]}"; do files+=(-f "/t/${path##*/}=$path"); done
  run --separate-stderr "$CR2_GUEST_RUN" -f /bin/sh=/bin/sh "${files[@]}" "$version" \
    /bin/sh -c 'export CMOCKA_MESSAGE_OUTPUT=TAP
      for test in /t/*; do $test 2>&1 || echo "FAILED $test"; done; echo end'
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  echo "$output"
  [ "${lines[-1]}" = end ]
  [[ $output != *FAILED* ]]
}

@test "6.12: each setting is held and put back, cgroup2's limits are named, nothing is skipped" {
  in_guest 6.12 held killed surroundings
  [[ $output != *"# not here"* ]]
  [[ $output == *"control group's limit is 16384 KiB (/sys/fs/cgroup/cr2-test-"*"/memory.max)"* ]]
  [[ $output != *"# SKIP"* ]]
}
