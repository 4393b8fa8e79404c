# SPDX-License-Identifier: MIT
# cr2 learn force: programs of learners, those of learn-force.c, judged by what the kernel saw.

bats_require_minimum_version 1.5.0

# The long ones build and run many programs, on a machine that others may use.
export BATS_TEST_TIMEOUT=500

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  export XDG_STATE_HOME=$PWD
  chmod 711 "$BATS_RUN_TMPDIR" . 2>/dev/null || true
}

teardown() {
  [ -z "$cr2" ] || kill -KILL "$cr2" 2>/dev/null || true
}

# program TASK WHAT: the source of one of the programs, with the number that the task has.
program() {
  local n

  n=$("$CR2" learn force "$1" --json | grep -o '"expected":[0-9]*' | cut -d : -f 2 | sort -n | tail -1)
  { printf '#define WHAT %s\n#define N %s\n#define LEFT "%s"\n' "$2" "$n" "${3-1}"; cat "$CR2_SOURCE/tests/cli/learn-force.c"; } >"$2.c"
}

# What cannot be judged here is skipped, which is neither right nor wrong.
judged() {
  [ "$status" -ne 3 ] || skip "$(grep -A1 'Not run' <<<"$output" | tr '\n' ' ')$stderr"
}

# judge TASK WHAT OPTION...
judge() {
  program "$1" "$2"
  run --separate-stderr timeout -k 5 200 "$CR2" learn force "$1" "$2.c" "${@:3}"
  judged
}

right() {
  judge "$@"
  [ "$status" -eq 0 ]
  [ "${lines[-1]}" = right ]
}

# wrong TASK WHAT PART SAID...: the part that is not met, and words that must be said.
wrong() {
  judge "$1" "$2"
  [ "$status" -eq 1 ]
  [ "${lines[-1]}" = wrong ]
  grep -q "^  $3 *wrong" <<<"$output"
  for words in "${@:4}"; do
    [[ $(tr -s ' \n' ' ' <<<"$output") == *"$words"* ]]
  done
}

@test "what can be demanded, and a task of each level" {
  run "$CR2" learn force
  [ "$status" -eq 0 ]
  [[ $output == *" cow "*"copied on write by a child"* ]]
  run "$CR2" learn force --json
  [ "${#lines[@]}" -eq "$(grep -c '^X(' "$CR2_SOURCE/src/tables/demand.def")" ]
  for level in 1 2 3 4 5; do
    run "$CR2" learn force --level $level --seed 7
    [ "$status" -eq 0 ]
    [[ ${lines[0]} == "force "*", seed 7, level $level" ]]
  done
  run "$CR2" learn force cow --hints --json
  [[ $output == *'"key":"copies"'*'"hint":"'* ]]
  run "$CR2" learn force cwo
  [ "$status" -eq 2 ]
  [[ $output == *"did you mean 'cow'"* ]]
  run "$CR2" learn force cow --level 2
  [ "$status" -eq 2 ]
  run "$CR2" learn force cow nothing.c
  [ "$status" -ne 3 ] || skip "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"nothing.c: No such file or directory"*"--skeleton"* ]]
}

@test "a skeleton: it builds without a warning, and does nothing of it yet" {
  run "$CR2" learn force touch --seed 4 --skeleton mine
  [ "$status" -eq 0 ]
  grep -q 'cr2 learn force touch --seed 4' mine/skeleton.c
  cc -Wall -Wextra -Werror -o skeleton mine/skeleton.c
  ./skeleton
  run "$CR2" learn force touch --seed 4 --skeleton mine
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: learn force: mine/skeleton.c is there already, and may be somebody's work: name another FOLDER" ]
}

# What is handed in names no other file of who judges it, and takes no more of the machine than a compiler needs.
@test "what is no program of one's own is refused, and a compiler has limits" {
  echo 'a secret' >secret
  ln -s secret link.c
  mkfifo pipe.c
  run "$CR2" learn force touch link.c
  [ "$status" -ne 3 ] || skip "$output"
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: learn force: link.c: it is a symbolic link; give the file itself" ]
  run "$CR2" learn force touch pipe.c
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: learn force: pipe.c: it is no file; give a C source, or a program" ]
  run "$CR2" learn force touch secret --on guest:6.12 --source perf
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: learn force: --source or --on: a guest has bpf" ]
  echo '#include "/dev/zero"' >zero.c
  run "$CR2" learn force touch zero.c
  [ "$status" -eq 1 ]
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"It does not build: the compiler may have 1024 MiB of memory, and wanted more"* ]]
}

@test "a program that meets its demand" {
  right touch touch
  run -0 --separate-stderr "$CR2" learn force touch touch.c --json
  [[ $output == *'"verdict":"right"'*'"correct":true'* ]]
  # It is kept with the learner's progress.
  "$CR2" learn --list --json | grep -q '^{"exercise":"force",.*,"solved":1,"tasks":\["touch"\]}$'
}

@test "a mistake is told: the part, where to look, the misconception" {
  wrong cow cow_parent parent "6 seen" "your program wrote while the child shared the page" parent_writes
}

@test "PASS is not what counts" {
  wrong touch pass writes ": 0 seen" "| PASS"
}

@test "what does not build is wrong, and the first error is shown" {
  printf 'int main(void)\n{\n\treturn x;\n}\n' >broken.c
  run --separate-stderr "$CR2" learn force touch broken.c
  judged
  [ "$status" -eq 1 ]
  [[ $output == *"It does not build: ./broken.c:3:"*"error: "* ]]
  [[ $stderr == *"return x"* ]]
  run --separate-stderr "$CR2" learn force touch broken.c --json
  [[ $output == *'"verdict":"wrong"'* ]]
}

@test "a program that hangs is killed, and gets no full marks" {
  judge touch hang --time-limit 1
  [ "$status" -eq 1 ]
  [[ $output == *"did not end within 1 seconds, and was killed"* ]]
}

@test "it reaches neither its keeper nor others, nor files" {
  # Without namespaces it would end whatever its user runs, these tests too.
  right touch touch
  [[ $output != *"not whole"* ]] || skip "$(grep 'not whole' <<<"$output" | head -1)"
  right touch rascal
  [[ $output == *"| kill 0 all -1 trace -1 fds -1 passwd -1 usr -1 root -1"* ]]
}

@test "nothing is left of it: not of children, not of its folder, nor when cr2 is killed" {
  mkdir -m 1777 folder
  n=98765$$
  program touch leave $n
  run --separate-stderr env TMPDIR="$PWD/folder" "$CR2" learn force touch leave.c
  judged
  [[ $output != *"not whole"* ]] || skip "$(grep 'not whole' <<<"$output" | head -1)"
  run ! pgrep -f "sleep $n"
  [ -z "$(ls folder)" ]
  program touch hang
  TMPDIR=$PWD/folder "$CR2" learn force touch hang.c 3>&- & cr2=$!
  until [ -e folder/*/program ] && grep -qs 'learn' "/proc/$cr2/cmdline" && pgrep -P "$(pgrep -P $cr2 | tail -1)" >/dev/null; do sleep 0.1; done
  kill -KILL $cr2
  wait $cr2 || true
  until [ -z "$(ls folder)" ]; do sleep 0.1; done
}

# bats test_tags=long
@test "each demand is met by a program" {
  for task in touch zero cow reuse survive:survive_right fetch around stack bus shared private huge major kernel efault split silent; do
    program "${task%:*}" "${task#*:}"
    run --separate-stderr timeout -k 5 200 "$CR2" learn force "${task%:*}" "${task#*:}.c"
    [ "$status" -ne 3 ] || { echo "# ${task%:*}: $(tr -s '\n ' ' ' <<<"${output##*Not run: }")" >&3; continue; }
    [ "$status" -eq 0 ] || { echo "$output"; false; }
  done
}

# bats test_tags=long
@test "each mistake is told" {
  wrong touch touch_more writes ": 46 seen"
  wrong touch touch_read nothing_else read_allocates
  wrong touch crash writes "Signal 11 ended the program"
  wrong cow cow_untouched copies "nobody had touched before the fork"
  wrong cow cow_shared copies "shared memory's"
  wrong reuse reuse_early copies writes_in_place
  wrong survive survive_absent faults entry_imagined
  wrong survive survive_unmapped faults "no mapping at that address"
  wrong survive survive_not survives "Signal 11 ended the program"
  wrong fetch fetch_read faults fetch_is_read
  wrong around around_short fault "fewer pages"
  wrong around around_anon nothing_else "anonymous memory has no neighbours"
  wrong around around_written fault "the one page that it is for"
  wrong stack stack_not growths "in the reach of none that grows"
  wrong bus bus_outside faults end_is_inside
  wrong bus bus_returns survives "Signal 7 ended the program"
  wrong private private_unread copies "copied at its first fault"
  wrong private shared copies shared_is_copied
  wrong kernel kernel_own nothing_else kernel_is_user
  wrong kernel kernel_written faults "write(2) takes"
  wrong efault efault_own faults kernel_is_user
  wrong silent cow nothing_else mmap_allocates
}

# bats test_tags=long
@test "each mistake is told: with a disk" {
  wrong shared private writes private_is_shared
  wrong shared shared_unread reads "the write itself mapped it"
  wrong major major_cached faults "in the page cache"
}

# bats test_tags=long
@test "each mistake is told: huge pages" {
  wrong huge huge_late fault "pages of 4 KiB came"
  wrong huge huge_read fault "it was a read"
  wrong split split_own splits "came after the fork"
}

# bats test_tags=long
@test "each mistake is told: the zero page" {
  wrong zero zero_written reads read_allocates
}

# bats test_tags=long
@test "a fork bomb, one that spins, one that floods" {
  for what in bomb spin flood; do
    judge touch $what --time-limit 2
    [ "$status" -eq 1 ]
    [[ $output == *"did not end within 2 seconds, and was killed"* ]]
  done
  [[ $output == *"| 0123456789abcde"*"bytes more"* ]]
}

# bats test_tags=long
@test "without rights: what perf events tell is judged, the rest is not run" {
  command -v setpriv >/dev/null || skip "no setpriv"
  [ "$(id -u)" -eq 0 ] || skip "not root"
  chmod 1777 .
  nobody=(setpriv --reuid 65533 --regid 65533 --clear-groups --inh-caps=-all)
  "${nobody[@]}" "$CR2" features --json >features 2>/dev/null || skip "another user cannot run it"
  grep -q '"source":"perf"' features || skip "no perf events of one's own processes"
  program touch touch
  run --separate-stderr "${nobody[@]}" "$CR2" learn force touch touch.c
  [ "$status" -eq 3 ]
  program touch touch_more
  run --separate-stderr "${nobody[@]}" "$CR2" learn force touch touch_more.c --json
  [ "$status" -eq 1 ]
  [[ $output == *'"evidence":"derived"'* ]]
  program cow cow
  run --separate-stderr "${nobody[@]}" "$CR2" learn force cow cow.c
  [ "$status" -eq 3 ]
  [[ $output == *"copies  not run"*"Not run: "*"not run" ]]
}
