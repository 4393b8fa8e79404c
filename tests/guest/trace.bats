# SPDX-License-Identifier: MIT
# cr2 stat, trace and record in a guest, CR2_GUEST_VERSION: each fault of a program is what the kernel says that it was.

bats_require_minimum_version 1.5.0

@test "trace: every fault of primes beside kprobes, and as many as are known" {
  cd "$BATS_TEST_TMPDIR"
  run --separate-stderr "$CR2_GUEST_RUN" -o -f /witness="$CR2_WITNESS" -f /bin/primes="$CR2_BUILD/tests/trace/primes" \
    "$CR2_GUEST_VERSION" /witness /cr2 trace --json -o /tmp/faults /bin/primes more
  [ "$status" -ne 125 ] || skip "${stderr_lines[0]}"
  echo "$output" >all
  [ "$status" -eq 0 ]
  [[ $stderr == *" by reference only, 0 lost, 0 not determined"* ]]
  grep -E '^([a-z_]+|-) [0-9a-f]+ [0-9a-f]+ [0-9]+$' all >expected
  [ "$(wc -l <expected)" -ge 20 ]
  grep '^{' all >faults
  # All that with the kernel locked down to integrity; confidentiality forbids to read kernel memory.
  grep -q '^lockdown 3$' all
  [[ $stderr == *"missing here: lockdown (it takes booting without lockdown=confidentiality)"* ]]
  "$CR2_SOURCE"/tests/trace/check-primes expected faults
  "$CR2_SOURCE"/tests/guest/check-witness all
}
