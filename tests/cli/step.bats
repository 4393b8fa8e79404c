# SPDX-License-Identifier: MIT
# cr2 step: commands of a batch, scenes as JSON, two models beside each other.

bats_require_minimum_version 1.5.0

load terminal

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  printf '%s\n' 'map buf 4 rw' 'write buf@0' 'fork child' 'child: write buf@0 => 0x7 wp_copy' 'read buf@9' >s.litmus
}

# batch COMMANDS [OPTION...]
batch() {
  run --separate-stderr "$CR2" step s.litmus --batch "$@"
}

@test "step: forward by stages, faults and steps, and back" {
  batch 'fault; step 3; next; p; rs'
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  grep -v '^ ' <<<"$output" | sed 's/   .*//' >headings
  diff - headings <<'END'
step 2 of 5, fault 1, stage 1  parent: write buf@0
step 2 of 5, fault 1, stage 4  parent: write buf@0
step 2 of 5  parent: write buf@0
step 1 of 5  parent: map buf 4 rw
before step 1 of 5
END
  [[ $output == *"S1 exception   #PF, vector 14"* ]]
  [[ $output == *"S4 walk        CR3 0x"* ]]
  [[ $output == *"anon_alloc minor"* ]]
}

# bats test_tags=once
@test "step: conditions and breakpoints, forward and back" {
  batch 'continue path == wp_copy && refs(pfn) > 1'
  [ "$status" -eq 0 ]
  [[ $output == "step 4 of 5, fault 1, stage 1  child: write buf@0 "* ]]
  batch 'b 3; b result == SEGV_MAPERR; c; c; rc; info breakpoints; d 1; c; c; print breakpoints'
  [ "$status" -eq 0 ]
  grep -v '^ ' <<<"$output" | sed 's/   .*//' >said
  diff - said <<'END'
breakpoint 1: line 3
breakpoint 2: result == SEGV_MAPERR
step 3 of 5  parent: fork child
step 5 of 5, fault 1, stage 1  parent: read buf@9
step 3 of 5  parent: fork child
1: line 3
2: result == SEGV_MAPERR
breakpoint 1 is gone
step 5 of 5, fault 1, stage 1  parent: read buf@9
step 5 of 5  parent: read buf@9
nothing found; this is the end
2: result == SEGV_MAPERR
END
}

@test "step: every part is shown" {
  batch 'jump 4.1.7; print tables; print frames; print registers; print tlb; print cache; print mappings; print changes; list'
  [ "$status" -eq 0 ]
  [[ $output =~ →\ \[0\]\ 0x[0-9a-f]+\ present\ write\ user\ accessed\ dirty\ NX\ +the\ walk\ ends\ here ]]
  [[ $output == *"anonymous a1  refs 1, maps 1"*"mapped by parent.buf@0"* ]]
  [[ $output == *"error code 0x7 (P=1 present  W=1 write  U=1 user"* ]]
  [[ $output == *"no file, nothing in swap"* ]]
  [[ $output == *"rw-p buf a2 -*3"* ]]
  [[ $output == *"→   4  child: write buf@0"* ]]
  batch 'jump 4.1.6; step; print changes'
  [[ $output == *"~ PTE child.buf@0: 0x"* ]]
  [[ $output == *"~ page child.buf@0: a1 in frame 0x"*" → a2 in frame 0x"* ]]
}

# bats test_tags=once
@test "step: a line is changed, and the rest runs again" {
  batch 'jump end; edit 4 child: read buf@0; list; print frames'
  [ "$status" -eq 0 ]
  [[ $output == *"step 4 of 5  child: read buf@0"* ]]
  [[ $output == *"refs 2, maps 2  mapped by parent.buf@0, child.buf@0"* ]]
  batch 'edit 4 child: raed buf@0'
  [ "$status" -eq 2 ]
  [[ $stderr == *"unknown operation 'raed'"*"did you mean 'read'?"* ]]
}

@test "step: what makes no sense is refused in words, with exit code 2" {
  local wrong

  for wrong in 'nxet|did you mean .next.?' 'jump 9|there is no step 9; the last is 5' 'jump 2.3|step 2 has no such fault; it has 1' 'jump 5.1.4|fault 5.1 has no stage 4; it has 1 2 8' \
    'jump x|is no position' 'step 0|is no number of times' 'print frame|did you mean .frames.?' 'c path = x|did you mean .==.?' \
    'delete 3|there is no breakpoint 3' 'break 99|no step is of line 99' 'edit x|does not begin with' 'difference|start with --against'; do
    batch "${wrong%%|*}"
    [ "$status" -eq 2 ]
    [[ $stderr =~ ^cr2:\ step:\ .*${wrong#*|} ]] || { echo "$wrong: $stderr"; false; }
  done
  batch 'continue path = x'
  [ "$stderr" = "cr2: step: expected == or !=, found '='"$'\n    path = x\n         ^\n    did you mean \'==\'?' ]
  run --separate-stderr "$CR2" step s.litmus --batch - <<<$'next\n\nedit 4 child: raed buf@0'
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: step: <stdin>:3: s.litmus:4:8: unknown operation 'raed'"$'\n    child: raed buf@0\n           ^~~~\n'* ]]
  run "$CR2" step
  [ "$status" -eq 2 ]
  run "$CR2" step nothing-like-it --json
  [ "$status" -eq 2 ]
  run "$CR2" step - --batch - <s.litmus
  [ "$status" -eq 2 ]
  [[ $output == *"cannot be both"* ]]
  run env TERM=dumb "$CR2" step s.litmus
  [ "$status" -eq 2 ]
  [[ $output == *"--batch COMMANDS"* ]]
}

# bats test_tags=once
@test "step: scenarios and commands from standard input; the batch ends with quit" {
  "$CR2" force --scenario cow | "$CR2" step - --batch 'c path == wp_copy; print registers' >out
  grep -q 'error code 0x7' out
  printf 'fault\nquit\nnonsense\n' | "$CR2" step s.litmus --batch - >out
  [ "$(grep -c '^step' out)" -eq 1 ]
}

# bats test_tags=once
@test "docs/step.md: its commands run; those for a terminal say so" {
  local commands

  cd "$CR2_SOURCE" || return
  mapfile -t commands < <(sed -n 's/^    \(cr2 .*[^ ]\) *# .*/\1/p; s/^    \(cr2 [^#]*\)$/\1/p' "$CR2_SOURCE/docs/step.md")
  [ "${#commands[@]}" -ge 6 ]
  for command in "${commands[@]}"; do
    run --separate-stderr bash -o pipefail -c "cr2() { '$CR2' \"\$@\"; }; { $command; } </dev/null"
    [ "$status" -eq 0 ] || [[ $status -eq 2 && $stderr == *"draws on a terminal"* ]] || { echo "$command: $stderr"; false; }
  done
}

@test "step --json: a session, then a scene for each position, with what changed" {
  run --separate-stderr "$CR2" step s.litmus --json
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = '{"kind":"session","file":"s.litmus","target":"model 6.18","steps":5,"faults":3,"line":null,"reason":null}' ]
  # Six of the faults' stages are not reached by the one that ends in a signal.
  [ "${#lines[@]}" -eq $((1 + 6 + 8 + 8 + 3)) ]
  python3 - 3<<<"$output" <<'END'
import json, os
scenes = [json.loads(line) for line in os.fdopen(3)][1:]
at = [(s["step"], s["fault_number"], s["stage_number"]) for s in scenes]
assert at[:3] == [(0, None, None), (1, None, None), (2, 1, 1)], at
assert [s["stage"] for s in scenes[2:10]] == \
    ["exception", "vma", "permission", "walk", "entry", "page", "install", "return"]
install = next(s for s in scenes if (s["step"], s["stage"]) == (4, "install"))
child = install["processes"][1]
assert child["proc"] == "child" and child["mappings"][0]["pages"][0]["token"] == "a2"
walked = [e for t in child["tables"] for e in t["entries"] if e["walked"]]
assert len(walked) == 4 and walked[-1]["ends_walk"] and walked[-1]["kind"] == "page"
pfn = child["mappings"][0]["pages"][0]["pfn"]
frame = next(f for f in install["frames"] if f["pfn"] == pfn)
assert frame["refs"] == 1 and frame["exclusive"] and frame["mapped_by"][0]["proc"] == "child"
assert install["registers"]["frame"]["error"] == "0x7"
assert {"page", "entry", "frame"} <= {c["part"] for c in install["changes"]}
assert scenes[0]["changes"] is None and scenes[-1]["result"] == "SEGV_MAPERR"
END
}

# bats test_tags=once
@test "step --against: begins where two models first differ" {
  printf '%s\n' 'map m 1024 rw' 'write m@0' 'write m@1' >small.litmus
  { echo 'thp always'; cat small.litmus; } >huge.litmus
  { echo 'thp never'; cat small.litmus; } >small.litmus.tmp && mv small.litmus.tmp small.litmus
  run "$CR2" step small.litmus --against huge.litmus --batch 'jump 2; print mappings; difference; difference'
  [ "$status" -eq 0 ]
  [[ $output == *"rw-p m a1 -*1023"*"rw-p m h1 -*512"* ]]
  [[ $output == "step: they differ: step 2: path of fault 1: anon_alloc ≠ anon_huge (and 1 more)"*"they differ: step 3: faults: 0x6 m@1 ≠ none"*"step 3 of 3, fault 1, stage 1"*"step 3 of 3  parent: write m@1"* ]]
  [[ $output == *"no difference behind this" ]]
  run --separate-stderr "$CR2" step small.litmus --against huge.litmus --json
  [ "$status" -eq 1 ]
  [ "$(grep -c '"kind":"scene"' <<<"$output")" -eq 4 ]
  [ "$(grep -c '"differences":\[{"field":"' <<<"$output")" -eq 4 ]
  run --separate-stderr "$CR2" step small.litmus --against 6.1 --json
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 2 ]
}

# bats test_tags=once
@test "step --against SETTING: the same scenario, its lines where they were" {
  printf '%s\n' '# huge' 'map m 1024 rw' 'write m@0' >plain.litmus
  run "$CR2" step plain.litmus --against 'thp always' --batch 'jump 2; print mappings'
  [ "$status" -eq 0 ]
  [[ $output == *"rw-p m a1 -*1023"*"model 6.18, thp always"*"rw-p m h1 -*512"* ]]
  run "$CR2" step plain.litmus --against 'thp sometimes' --batch list
  [ "$status" -eq 2 ]
  [[ $output == "cr2: step: --against: 'thp sometimes': "*sometimes* ]]
  run "$CR2" step - --against 'thp always' --batch 'jump 2; print mappings' <plain.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"rw-p m h1 -*512"* ]]
}

# bats test_tags=once
@test "step: a scenario that the model cannot begin, and one that it refuses on the way" {
  printf 'kernel 6.12\nmap m 1 rw\n' >new.litmus
  run --separate-stderr "$CR2" step new.litmus --kernel 6.1 --json
  [ "$status" -eq 3 ]
  [[ $stderr == *"the scenario is for kernel 6.12 or later"* ]]
  printf '%s\n' 'swap on' 'map m 1 rw' 'write m' 'advise m mergeable' 'read m' 'ksm_scan' >refused.litmus
  run --separate-stderr "$CR2" step refused.litmus --batch 'jump end'
  [ "$status" -eq 0 ]
  [[ $output == *"step 4 of 4"* ]]
  [[ $stderr == "refused.litmus:6: model 6.18: not modelled: "* ]]
}

# ---- the screen ----

# cr2 step with these arguments.
on_screen() {
  terminal "$1" "'$CR2' step ${*:2} 2>said"
}

teardown() {
  no_terminal
}

# bats test_tags=once
@test "step: a screen with keys, whose size may change" {
  on_screen keys s.litmus
  shows "^before step 1 of 5"
  keys f
  shows "^step 2 of 5, fault 1, stage 1 +parent: write buf@0 .*S1 exception"
  keys s s s 4
  shows "stage 4.*PAGE TABLES.*the walk ends here"
  keys n 3
  shows "^step 2 of 5 .*rw-p buf a1 -\*3"
  keys p
  shows "^step 1 of 5 "
  keys / 'path == wp_copy' Enter 1
  shows "^step 4 of 5, fault 1, stage 1 +child: write buf@0"
  keys b 'path = x' Enter
  shows "did you mean '=='"
  keys x / 'path == swap_in' Enter
  shows "^step 4 of 5, fault 1, stage 1 .*nothing found behind this"
  keys b 3 Enter d Enter
  shows "1 breakpoint is gone"
  keys g 5.1.2 Enter
  shows "^step 5 of 5, fault 1, stage 2"
  keys g 9 Enter
  shows "there is no step 9; the last is 5"
  keys '?'
  shows "^n p +forward.*S, → ←.*Tab.*j k.*Space.*quit.*lines 1 to 23 of [0-9]+ +j k Space scroll"
  keys Space
  shows "reverse-continue"
  tmux -L keys resize-window -x 60 -y 20
  keys Space Space Space
  shows "the scenario's lines, and[[:space:]]+where it is.*any other key: back"
  keys x
  shows "\? keys  q quit"
  tmux -L keys resize-window -x 150 -y 30
  shows "STAGE +SCENARIO.*→ +5  read buf@9.*CHANGES"
  tmux -L keys resize-window -x 60 -y 12
  shows "^step 5 of 5, fault 1, stage 2"
  keys End
  shows "^step 5 of 5 +parent: read buf@9"
  keys q
  ends_with 0
}

# bats test_tags=once
@test "step -: the scenario from a pipe, the keys from the terminal" {
  terminal piped "'$CR2' force --scenario cow | '$CR2' step -"
  shows "^before step 1 of "
  keys /  'path == wp_copy' Enter
  shows "fault 1, stage 1 .*S1 exception"
  keys q
  ends_with 0
}

# bats test_tags=once
@test "step: two beside each other on a screen; the terminal is as before, whatever ends it" {
  on_screen two "$PWD/s.litmus" --against 6.12
  shows "the two do not differ.*model 6.18: STAGE.*model 6.12: STAGE"
  keys f 3
  shows "model 6.18: MAPPINGS.*model 6.12: MAPPINGS"
  pkill -TERM -f "^$CR2 step $PWD/s.litmus --against 6.12\$"
  ends_with 143
}

@test "step --html, run --html: the page with a scenario inside; where it was not built, how that is done" {
  mkdir -p bin share/cr2
  cp "$CR2" bin/cr2
  export LD_LIBRARY_PATH=${CR2%/*}/src
  run bin/cr2 step s.litmus --html out.html
  [ "$status" -eq 3 ]
  [[ $output == *"the page is not here: 'make web' builds it; looked for $PWD/bin/web/cr2.html and $PWD/share/cr2/cr2.html" ]]
  echo '<p><script id="scenario"></script>' >share/cr2/cr2.html
  bin/cr2 step s.litmus --kernel 6.12 --against 6.1 --html out.html
  [ "$(cat out.html)" = '<p><script id="scenario">{"text":"map buf 4 rw\nwrite buf@0\nfork child\nchild: write buf@0 =>'\
' 0x7 wp_copy\nread buf@9\n","kernel":"6.12","against":"6.1"}</script>' ]
  run bin/cr2 run s.litmus --html run.html
  [ "$status" -eq 0 ]
  grep -q '"kernel":"6.18","against":""' run.html
  bin/cr2 step s.litmus --against 'thp always' --html out.html
  grep -q '"kernel":"6.18","against":"thp always"' out.html
  run bin/cr2 step s.litmus --against 'thp sometimes' --html out.html
  [ "$status" -eq 2 ]
  run bin/cr2 step s.litmus --against s.litmus --html out.html
  [ "$status" -eq 2 ]
  [[ $output == *"--against takes a kernel, "*"or a setting"* ]]
  run bin/cr2 step s.litmus --json --html out.html
  [ "$status" -eq 2 ]
  run bin/cr2 step s.litmus --html nowhere/out.html
  [ "$status" -eq 3 ]
  [[ $output == *"cannot write nowhere/out.html: No such file or directory" ]]
}
