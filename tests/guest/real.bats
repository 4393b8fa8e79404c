# SPDX-License-Identifier: MIT
# Real programs in a guest, CR2_GUEST_VERSION: each exception beside kprobes is a fault of cr2 trace, and what it says.

bats_require_minimum_version 1.5.0

@test "accuracy --guest: every fault of real programs beside kprobes" {
  cd "$BATS_TEST_TMPDIR"
  "$CR2_SOURCE"/scripts/accuracy --guest "$CR2_GUEST_VERSION" python3 gcc git sqlite3 shell perl >rows 2>wrong
  cat rows wrong
  ! grep -q 'exit 125' rows || skip "$(grep -m 1 'exit 125' rows)"
  # Below the heading; those that are not here are left out.
  tail -n +3 rows | grep -v ' not here: ' >run
  [ -s run ] || skip "none of these programs is here"
  while IFS='|' read -r _ name faults undetermined books compared disagreements _; do
    echo "$name"
    [ "${faults//[ ,]/}" -ge 100 ]
    [ "$undetermined" -eq 0 ]
    [ "$books" = " 0 lost " ]
    [ "$compared" -eq "${faults//[ ,]/}" ]
    [ "$disagreements" -eq 0 ]
  done <run
}
