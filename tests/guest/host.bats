# SPDX-License-Identifier: MIT
# The host runner's tests on a machine of their own, where every setting is there to be changed and
# control groups are cgroup2's.

bats_require_minimum_version 1.5.0

# Runs the tests in one boot; the shell and the libraries come from here.
in_guest() { # VERSION TEST...
  local version=$1 path files=()

  shift
  for path in $(ldd /bin/sh "$CR2_HOST_TESTS" | grep -o '/[^ ]*\.so[^ ]*' | sort -u); do
    files+=(-f "$path=$path")
  done
  run --separate-stderr "$CR2_GUEST_RUN" -f /bin/sh=/bin/sh -f "/test-host=$CR2_HOST_TESTS" "${files[@]}" "$version" \
    /bin/sh -c 'export CMOCKA_MESSAGE_OUTPUT=TAP
      for test; do /test-host "$test" 2>&1 || echo "FAILED $test"; done; echo end' sh "$@"
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
