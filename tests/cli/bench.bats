# SPDX-License-Identifier: MIT
# cr2 bench: that it measures, and says so whole. What it measured is nobody's to assert.

bats_require_minimum_version 1.5.0

@test "without a kind: usage, exit 2; --help: exit 0" {
  run --separate-stderr "$CR2" bench
  [ "$status" -eq 2 ]
  [[ $stderr == "usage: cr2 bench KIND"* ]]
  run --separate-stderr "$CR2" bench --help
  [ "$status" -eq 0 ]
  [[ $output == *"  model "* ]]
}

@test "wrong arguments: one line and exit 2" {
  run "$CR2" bench modle
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench: unknown kind 'modle'; did you mean 'model'?" ]
  run "$CR2" bench model fast
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench model: unexpected argument 'fast'" ]
  for n in 0 x 10001 -1; do
    run "$CR2" bench model --rounds="$n"
    [ "$status" -eq 2 ]
    [ "$output" = "cr2: --rounds: '$n' is not a number from 1 to 10000" ]
  done
}

@test "--json: every case, each with both sides and their ratio" {
  run --separate-stderr "$CR2" bench model --quick --json
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  python3 - "$output" <<'END'
import json, sys
cases = {c["case"]: c for c in map(json.loads, sys.argv[1].splitlines())}
wanted = ["anon_alloc", "anon_zero", "wp_copy", "wp_reuse", "file_read_1", "file_read_16", "fork",
          "munmap", "tlb_hit", "walk", "observer", "memory"]
wanted += [f"space_{4**n}" for n in range(6)] + [f"vmas_{10**n}" for n in range(5)]
assert sorted(cases) == sorted(wanted), set(cases) ^ set(wanted)
for name, case in cases.items():
    if name == "memory":
        assert case["bytes"] is None or case["bytes"] > 0
        continue
    assert isinstance(case["model_ns"], float), name
    if case["kernel_ns"] is None:
        assert case["absent"] and case["ratio"] is None, name
    elif case["model_ns"] > 0 and case["kernel_ns"] > 0:
        assert abs(case["ratio"] - case["kernel_ns"] / case["model_ns"]) < 1e-6 * case["ratio"], name
    for side in "model", "kernel":
        spread = case[f"{side}_spread"]
        if spread:
            assert spread["min"] <= case[f"{side}_ns"] <= spread["max"], name
assert {name for name, case in cases.items() if "met" in case} == \
    {"anon_alloc", "wp_copy", "tlb_hit", "observer", "memory"}
END
}

@test "as text: every table, every target with its verdict" {
  run --separate-stderr "$CR2" bench model --quick --rounds=1
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "cr2 bench model: model 6.18 beside Linux $(uname -r) "* ]]
  for name in anon_alloc wp_reuse file_read_16 munmap tlb_hit memory "1024 GiB" 10000; do
    [[ $output == *" $name "* ]]
  done
  [ "$(grep -c 'met: at ' <<< "$output")" -ge 3 ]
}

@test "fault-around is as it was" {
  setting=/sys/kernel/debug/fault_around_bytes
  before=$(cat $setting) || skip "$setting cannot be read: it takes root and debugfs"
  "$CR2" bench model --quick --rounds=1 > /dev/null
  [ "$(cat $setting)" = "$before" ]
}
