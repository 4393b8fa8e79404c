# SPDX-License-Identifier: MIT
# cr2 bench: that it measures, and says so whole. What it measured is nobody's to assert.

bats_require_minimum_version 1.5.0

# What a calibration would be kept in. Meson asks malloc to fill what it gives, and so to touch it.
setup() {
  unset MALLOC_PERTURB_
  export XDG_STATE_HOME="$BATS_TEST_TMPDIR/state"
}

kept="state/cr2/calibration.json"

# AddressSanitizer's own memory takes faults too, so that any round may be refused.
sanitized() {
  [ -n "$CR2_SANITIZED" ]
}

@test "--help tells the kinds, --list the cases" {
  run --separate-stderr "$CR2" bench --help
  [ "$status" -eq 0 ]
  [[ $output == *"cr2 bench [OPTION...] [CASE...]"* ]]
  [[ $output == *"  model      the model's speed"* ]]
  run --separate-stderr "$CR2" bench --list
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 25 ]
  [[ $output == *"anon_alloc        a write to fresh memory"* ]]
}

@test "wrong arguments: one line and exit 2" {
  run "$CR2" bench modle
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench: unknown case 'modle'; did you mean 'model'?" ]
  run "$CR2" bench anon_zero anon_aloc
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench: unknown case 'anon_aloc'; did you mean 'anon_alloc'?" ]
  run "$CR2" bench 3
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench: unknown case '3'; see 'cr2 bench --list'" ]
  run "$CR2" bench model fast
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench model: unexpected argument 'fast'" ]
  for n in 0 x 10001 -1; do
    for kind in model anon_zero; do
      run "$CR2" bench "$kind" --rounds="$n"
      [ "$status" -eq 2 ]
      [ "$output" = "cr2: --rounds: '$n' is not a number from 1 to 10000" ]
    done
  done
}

@test "costs --json: every case, with the faults that it took, or why it took none" {
  ! sanitized || export SANITIZED=1
  run --separate-stderr "$CR2" bench --quick --json
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  python3 - "$output" <<'END'
import json, os, sys
cases = {c["case"]: c for c in map(json.loads, sys.argv[1].splitlines())}
pages = dict.fromkeys(["anon_zero", "anon_alloc", "file_read", "file_cow", "file_shared", "wp_copy",
                       "wp_reuse", "kernel_alloc", "segv_maperr", "segv_accerr", "sigbus",
                       "segv_repair", "uffd_same_cpu", "uffd_other_cpu", "one_core"], 256)
cores = len(os.sched_getaffinity(0))
pages |= {"anon_huge": 2, "major": 32, "swap_in": 32,
          "all_threads": 256 * cores, "all_processes": 256 * cores}
free = {"fork", "fork_page", "exit_page", "munmap_page", "file_read_around"}
assert sorted(cases) == sorted(set(pages) | free), set(cases) ^ set(pages) ^ free
for name, case in cases.items():
    if case["ns"] is None:
        assert case["absent"] and case["spread"] is None, name
        continue
    spread = case["spread"]
    assert spread["min"] <= spread["low"] <= case["ns"] <= spread["high"] <= spread["max"], name
    assert case["rounds"] + case["refused_rounds"] == 5, name
    if name in pages:
        assert case["units"] == case["faults"] == pages[name], name
measured = ["anon_zero", "anon_alloc", "file_cow", "file_shared", "wp_reuse", "segv_maperr",
            "munmap_page", "fork"]
for name in measured if "SANITIZED" not in os.environ else []:
    assert cases[name]["ns"] is not None and "absent" not in cases[name], name
assert cases["fork_page"]["units"] == cases["munmap_page"]["units"] == 4096
assert cases["munmap_page"]["faults"] == 0
assert cases["anon_alloc"]["major"] is False and cases["anon_alloc"]["path"] == "anon_alloc"
if cases["major"]["ns"] is not None:
    assert cases["major"]["major"] is True and cases["major"]["clock"] == "elapsed"
END
  [ ! -e "$BATS_TEST_TMPDIR/$kept" ]
}

@test "costs as text: a table a group, all within the width" {
  run --separate-stderr "$CR2" bench --quick --rounds=1
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "cr2 bench: what faults cost on this machine, medians of 1 rounds"* ]]
  for name in anon_alloc wp_reuse major swap_in segv_repair uffd_other_cpu all_processes exit_page; do
    grep -q "^  $name  *\([0-9.]* [nµm]s ±\|not measured\)" <<< "$output"
  done
  ! grep -E "^.{101}" <<< "$output"
}

@test "a case that cannot be measured is named with its reason, alone with exit 3" {
  grep -q '^SwapTotal: *0 kB' /proc/meminfo || skip "this machine has swap"
  run --separate-stderr "$CR2" bench --quick swap_in
  [ "$status" -eq 3 ]
  [ "$stderr" = "cr2: bench: swap_in: this machine has no swap: swapon FILE, then measure again" ]
  [[ $output == *"swap_in           not measured"* ]]
}

# bats test_tags=once
@test "the calibration: kept, added to, replaced where it is damaged" {
  ! sanitized || skip "sanitizers take faults of their own"
  run --separate-stderr "$CR2" bench --rounds=2 anon_zero wp_reuse
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == "kept in $BATS_TEST_TMPDIR/$kept" ]]
  run --separate-stderr "$CR2" bench --rounds=3 wp_reuse sigbus --json
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 2 ]
  python3 - "$BATS_TEST_TMPDIR/$kept" <<'END'
import json, os, sys
c = json.load(open(sys.argv[1]))
assert c["machine"]["kernel"] == os.uname().release and c["machine"]["cores"] == os.cpu_count()
assert [(k["case"], k["ns"]["rounds"] + k["refused"]) for k in c["costs"]] == \
    [("anon_zero", 2), ("wp_reuse", 3), ("sigbus", 3)]
END
  echo '{' > "$BATS_TEST_TMPDIR/$kept"
  run --separate-stderr "$CR2" bench --rounds=1 anon_zero
  [ "$status" -eq 0 ]
  [[ $stderr == "$BATS_TEST_TMPDIR/$kept:"*"measure anew: cr2 bench" ]]
  [ "$(grep -c '"case"' "$BATS_TEST_TMPDIR/$kept")" -eq 1 ]
  "$CR2" bench --rounds=1 --no-save sigbus
  "$CR2" bench --quick --rounds=1 --save="$BATS_TEST_TMPDIR/other" sigbus
  [ "$(grep -c '"case"' "$BATS_TEST_TMPDIR/$kept")" -eq 1 ]
  grep -q '"case": "sigbus"' "$BATS_TEST_TMPDIR/other"
  run --separate-stderr env -u HOME -u XDG_STATE_HOME "$CR2" bench --rounds=1 anon_zero
  [ "$status" -eq 3 ]
  [[ $stderr == *"--save FILE, or --no-save" ]]
}

# bats test_tags=long
@test "questions: each on one screen, with the faults that it counted" {
  ! sanitized || skip "sanitizers take faults of their own"
  run --separate-stderr "$CR2" bench questions --quick --rounds=1 --json
  [ "$status" -eq 0 ]
  python3 - "$output" <<'END'
import json, sys
answers = {a["name"]: a for a in map(json.loads, sys.argv[1].splitlines())}
assert [a["number"] for a in answers.values()] == list(range(1, 8))
assert list(answers) == ["microsecond", "malloc", "faults", "fork", "write", "tenth", "demand"]
rows = {name: {row["what"].strip(): row for row in a["measured"]} for name, a in answers.items()}
for name, answer in answers.items():
    assert answer["verdict"] in ("holds", "differs") and answer["because"] and answer["calculation"]
    assert bool(answer["scaled"]) == (name in ("malloc", "faults", "fork", "demand")), name
pages = answers["faults"]["bytes"] // 4096
assert rows["faults"]["faults"]["here"] == rows["faults"]["faults"]["course"] == pages
copied = [row["here"] for row in answers["fork"]["measured"] if row["what"] == "  entries copied"]
assert copied == [answers["fork"]["bytes"] // 4096, 0], copied
faults = [row["here"] for row in answers["demand"]["measured"] if row["what"] == "  its faults"]
assert faults[-2:] == [pages, pages // 10], faults
malloc = [row["here"] for row in answers["malloc"]["measured"] if row["what"] == "  its faults"]
assert malloc == [1, pages - 1], malloc
assert rows["tenth"]["the child's faults"]["here"] == 100
assert rows["tenth"]["bytes copied"]["here"] == 409600
assert rows["write"]["faults a page, as counted"]["here"] == 1
END
  for question in 1 2 3 4 5 6 7; do
    run --separate-stderr "$CR2" bench questions --quick --rounds=1 "$question"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -le 24 ]
    [[ ${lines[0]} == "$question of 7: "* ]]
  done
}

@test "questions: wrong arguments are one line and exit 2" {
  run "$CR2" bench questions frok
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: bench questions: unknown question 'frok'; did you mean 'fork'?" ]
  for word in 0 8 x; do
    run "$CR2" bench questions "$word"
    [ "$status" -eq 2 ]
    [ "$output" = "cr2: bench questions: unknown question '$word'; see 'cr2 bench questions --help'" ]
  done
  run --separate-stderr "$CR2" bench questions --help
  [ "$status" -eq 0 ]
  [[ $output == *"  4 fork "* ]]
}

# bats test_tags=long
@test "--json: every case, each with both sides and their ratio; fault-around is put back" {
  setting=/sys/kernel/debug/fault_around_bytes
  before=$(cat $setting 2>/dev/null) || true # it takes root and debugfs
  run --separate-stderr "$CR2" bench model --quick --rounds=1 --json
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [ "$(cat $setting 2>/dev/null)" = "$before" ]
  python3 - "$output" <<'END'
import json, sys
cases = {c["case"]: c for c in map(json.loads, sys.argv[1].splitlines())}
wanted = ["anon_alloc", "anon_zero", "wp_copy", "wp_reuse", "file_read_1", "file_read_16", "fork",
          "munmap", "tlb_hit", "tlb_hit_op", "walk", "observer", "memory"]
wanted += [f"copy_{what}" for what in ("pages_10k", "pages_1m", "pages_10m", "processes_10k",
                                       "mappings_10k", "slots_100k", "files_10k")]
wanted += [f"space_{4**n}" for n in range(6)] + [f"vmas_{10**n}" for n in range(5)]
growth = ["maps_down_1k", "maps_down_65k", "pageout_1k", "pageout_100k", "far_touch_1k",
          "far_touch_1g", "names_1k", "names_50k", "run_maps_1k", "run_maps_10k", "run_forks_1k",
          "run_forks_10k", "run_writes_1k", "run_writes_65k", "run_beside_1k", "run_beside_16m"]
wanted += growth
assert sorted(cases) == sorted(wanted), set(cases) ^ set(wanted)
for name, case in cases.items():
    if name == "memory":
        assert case["bytes"] is None or case["bytes"] > 0
        continue
    if name.startswith("copy_") or name in growth:
        assert case["kernel_ns"] is None and (case["model_ns"] or case["absent"]), name
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
    {"anon_alloc", "anon_zero", "wp_copy", "wp_reuse", "file_read_16", "fork", "munmap", "tlb_hit",
     "observer", "memory"}
END
}

# bats test_tags=long
@test "as text: every table, every target with its verdict" {
  ! sanitized || skip "every case has been measured under sanitizers above"
  run --separate-stderr "$CR2" bench model --quick --rounds=1
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "cr2 bench model: model 6.18 beside Linux $(uname -r) "* ]]
  for name in anon_alloc wp_reuse file_read_16 munmap tlb_hit memory "1024 GiB" 10000; do
    [[ $output == *" $name "* ]]
  done
  [ "$(grep -c 'met: at ' <<< "$output")" -ge 3 ]
}
