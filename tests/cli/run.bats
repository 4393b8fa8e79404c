# SPDX-License-Identifier: MIT
# cr2 run: scenarios in, tables and JSON out, exit codes.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  cat > cow.litmus <<'END'
# After fork a write copies
map buf 4 rw
write buf@0..1 0x41 => 0x6 anon_alloc
fork child
child: write buf@0 0x43 => 0x7 wp_copy map=a3
read buf@0 => none value=0x41
END
  cat > wrong.litmus <<'END'
map buf 1 rw

write buf => 0x7 wp_copy
END
  printf 'kernel 9.9\nmap buf 1 rw\n' > newer.litmus
  printf 'map buf 1 rw\nwirte buf\n' > typo.litmus
}

@test "every mistake of a file is shown, and none that follows from another: exit 2" {
  printf '%s\n' 'map buf 4K rw' 'write buf@0' 'fork kid' 'membarrier kid2' 'kid: read buff@0' \
    'kid: advise nothing dontneed' > many.litmus
  run --separate-stderr "$CR2" run many.litmus
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [ "$(grep -c '^many.litmus:' <<< "$stderr")" -eq 4 ]
  [[ $stderr == *"many.litmus:1:9: '4K' is not a size in pages"*"did you mean '1'?"* ]]
  [[ $stderr == *"many.litmus:4:1: 'membarrier' is not in the language"* ]]
}

@test "a scenario as a table: what each step did, exit 0" {
  run --separate-stderr "$CR2" run cow.litmus
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ $output == *"cow.litmus"*"After fork a write copies"* ]]
  [[ $output == *"model 6.18"* ]]
  [[ $output =~ child\ +write\ buf@0\ 0x43\ +ok\ +0x7\ wp_copy ]]
  [[ $output == *"expectations met"* ]]
}

@test "--state shows the pages" {
  run "$CR2" run --state cow.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"a3 a2/2 -*2"* ]]
}

@test "--json: one object a step, with every field of the format, and a summary" {
  run --separate-stderr "$CR2" run --json cow.litmus
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 7 ]
  [ "${lines[0]}" = '{"kind":"step","file":"cow.litmus","target":"model 6.18","step":1,"line":2,"proc":"parent","op":"map","result":"ok","faults":[],"state":{"parent":{"buf":"-*4"}}}' ]
  [[ ${lines[4]} == *'"step":5,"line":5,"proc":"child","op":"write","at":"buf@0","result":"ok","faults":[{"error":"0x7","at":"buf@0","major":false,"path":"wp_copy","evidence":"replayed"}],"state":{"parent":{"buf":"a1 a2/2 -*2"},"child":{"buf":"a3 a2/2 -*2"}}}' ]]
  [[ ${lines[5]} == *'"value":65,'* ]]
  [[ ${lines[6]} == '{"kind":"summary","file":"cow.litmus","target":"model 6.18","steps":6,"faults":'*'"checked":true,"failures":0,"differences":0,"line":null,"reason":null}' ]]
}

@test "--json: a failed expectation is a line behind its step" {
  run --separate-stderr "$CR2" run --json wrong.litmus
  [ "$status" -eq 1 ]
  [[ ${lines[2]} == '{"kind":"failure","file":"wrong.litmus","target":"model 6.18","step":2,"line":3,"expected":"0x7 wp_copy","seen":"0x6 anon_alloc"}' ]]
  [[ ${lines[-1]} == '{"kind":"summary",'*'"expectations":1,"checked":true,"failures":1,'* ]]
}

@test "the same input gives the same output, to the byte" {
  "$CR2" run --json cow.litmus > first
  "$CR2" run --json cow.litmus > second
  cmp first second
}

@test "a failed expectation: exit 1, file:line, expected and seen" {
  run --separate-stderr "$CR2" run wrong.litmus
  [ "$status" -eq 1 ]
  [ "$stderr" = "wrong.litmus:3: model 6.18: expected 0x7 wp_copy, seen 0x6 anon_alloc" ]
  run --separate-stderr "$CR2" run --json wrong.litmus
  [ "$status" -eq 1 ]
  [ "$stderr" = "wrong.litmus:3: model 6.18: expected 0x7 wp_copy, seen 0x6 anon_alloc" ]
}

@test "several files: a line each, those that fail whole, then the sum" {
  run --separate-stderr "$CR2" run cow.litmus wrong.litmus newer.litmus
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = "ok       cow.litmus" ]
  [ "${lines[1]}" = "failed   wrong.litmus" ]
  [[ $output == *"expected 0x7 wp_copy, seen 0x6 anon_alloc"* ]]
  [[ $output == *"skipped  newer.litmus (model 6.18: the scenario is for kernel 9.9 or later, the model is 6.18)"* ]]
  [ "${lines[-1]}" = "3 files: 1 ok, 1 failed, 1 skipped" ]
}

@test "a skipped file among others is no failure; alone it could not run: exit 3" {
  run "$CR2" run cow.litmus newer.litmus
  [ "$status" -eq 0 ]
  run "$CR2" run newer.litmus
  [ "$status" -eq 3 ]
  [[ $output == *"the scenario is for kernel 9.9 or later"* ]]
}

@test "--kernel: another kernel's outcome" {
  printf 'kernel 6.12\nmap a 1 rw\n' > since.litmus
  run "$CR2" run --kernel 6.1 since.litmus
  [ "$status" -eq 3 ]
  run "$CR2" run --kernel 6.12 since.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"model 6.12"* ]]
  run "$CR2" run --kernel course cow.litmus
  [ "$status" -eq 0 ]
}

@test "a mistake is pointed at: file:line:column, the line, a caret, a near miss; exit 2" {
  run --separate-stderr "$CR2" run typo.litmus
  [ "$status" -eq 2 ]
  [ -z "$output" ]
  [ "$stderr" = "typo.litmus:2:1: unknown operation 'wirte'
    wirte buf
    ^~~~~
    did you mean 'write'?" ]
}

@test "a mistake in one file does not hide the others" {
  run --separate-stderr "$CR2" run typo.litmus cow.litmus
  [ "$status" -eq 2 ]
  [ "${lines[0]}" = "ok       cow.litmus" ]
  [ "${lines[1]}" = "2 files: 1 ok, 1 bad input" ]
}

@test "- is standard input" {
  run "$CR2" run - < cow.litmus
  [ "$status" -eq 0 ]
  [[ $output == "<stdin>"* ]]
}

@test "a file that is not there: exit 2 and its name" {
  run --separate-stderr "$CR2" run nowhere.litmus
  [ "$status" -eq 2 ]
  [[ $stderr == "cr2: nowhere.litmus: no such file; looked for it here, in catalogue and in /"*"/share/cr2/catalogue" ]]
}

@test "wrong arguments: one line and exit 2" {
  run "$CR2" run
  [ "$status" -eq 2 ]
  [[ $output == "cr2: run: expected a litmus file, a folder, or a name of the catalogue"* ]]
  run "$CR2" run --on modle cow.litmus
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown target 'modle'; did you mean 'model'?" ]
  run "$CR2" run --on host --kernel 6.1 cow.litmus
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: --kernel chooses the model's kernel; add 'model' to --on" ]
  run "$CR2" run --kernel 5.4 cow.litmus
  [ "$status" -eq 2 ]
  [[ $output == "cr2: unknown kernel '5.4'"* ]]
}

@test "a guest of a version that there is not: exit 2 and those that there are" {
  run "$CR2" run --on guest:5.10 cow.litmus
  [ "$status" -eq 2 ]
  [[ $output == "cr2: unknown target 'guest:5.10'; "* && $output == *guest:6.1* ]]
}

@test "the model beside itself agrees" {
  run "$CR2" run --on model,model cow.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"agree"* ]]
}

@test "output that cannot be written: exit 3, not silence" {
  [ -w /dev/full ] || skip "no /dev/full here"
  run --separate-stderr bash -c '"$CR2" run cow.litmus > /dev/full'
  [ "$status" -eq 3 ]
  [[ $stderr == "cr2: cannot write"* ]]
}

@test "--explain: what access_error lets pass, a read succeeds at, and NX stops a fetch" {
  run --separate-stderr "$CR2" run --explain - <<<$'map a 1 w\nread a\nmap b 1 w\nexec b'
  [ "$status" -eq 0 ]
  text=$(tr -s ' \n' ' ' <<<"$output")
  [[ $text == *"lets a read of an absent page"*"no present entry forbids reading"*" is loaded"* ]]
  [[ $text == *"lets a fetch of an absent page"*"the entry will forbid it"*"SIGSEGV"* ]]
}

@test "--explain: a SIGBUS says whose it is" {
  run --separate-stderr "$CR2" run --explain "$CR2_SOURCE/catalogue/userfaultfd/missing.litmus"
  [[ $output == *"sigbus: userfaultfd has the page, and gives a signal"*" → handle_userfault → do_sigbus"* ]]
  [[ $output != *"end of the file"* ]]
  run --separate-stderr "$CR2" run --explain "$CR2_SOURCE/catalogue/userfaultfd/poison.litmus"
  [[ $output == *"sigbus: userfaultfd poisoned the page"*"do_swap_page → do_sigbus"* ]]
  run --separate-stderr "$CR2" run --explain "$CR2_SOURCE/catalogue/file/past-the-end.litmus"
  [[ $output == *"sigbus: past the end of the file"*"do_fault → do_sigbus"* ]]
}

@test "--explain: a hint's page comes to the CPU, or stays there" {
  run --separate-stderr "$CR2" run --explain "$CR2_SOURCE/catalogue/numa/hint-threads.litmus"
  [ "$status" -eq 0 ]
  grep -q "S6 page  *the page stays where it is: pfn 0x[0-9a-f]*'s entry gets its rights back" <<<"$output"
  grep -q "S6 page  *the page is in another node's memory, and comes to this CPU's: pfn 0x" <<<"$output"
}

@test "--explain STEP narrates it from the exception to the completed access" {
  run --separate-stderr "$CR2" run --explain 5 cow.litmus
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "step 5  child: write buf@0 0x43"*"cow.litmus:5" ]]
  for stage in S1 S2 S3 S4 S5 S6 S7 S8; do
    [[ $output == *"  $stage "* ]]
  done
  [[ $output == *"error code  0x7 = 00111b"* ]]
  [[ $output == *"do_wp_page"* ]]
  [ "$output" = "$("$CR2" run --explain=5 cow.litmus)" ]
}

@test "--explain alone narrates every step that faults, and no other" {
  run "$CR2" run cow.litmus --explain
  [ "$status" -eq 0 ]
  [ "$(grep -c '^step ' <<< "$output")" -eq 3 ]
  run "$CR2" run --explain newer.litmus
  [ "$status" -eq 3 ]
  [[ $output == *"the scenario is for kernel 9.9 or later"* ]]
}

@test "--explain of what cannot be explained: one line, exit 2" {
  run --separate-stderr "$CR2" run --explain 9 cow.litmus
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: cow.litmus has 6 steps; there is no step 9 to explain" ]
  run "$CR2" run --explain=x cow.litmus
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: --explain: 'x' is not the number of a step" ]
  run "$CR2" run --explain --on host cow.litmus
  [ "$status" -eq 2 ]
}

@test "--explain says what each kernel does: its functions, soft-dirty bits" {
  printf 'map buf 4 rw\nwrite buf@0\nread buf@4\n' >each.litmus
  run "$CR2" run --kernel 6.1 --explain each.litmus
  [[ $output == *"S2 mapping     lock_mm_and_find_vma → buf"* ]]
  [[ $output == *"vm_flags 0x8100073 = "*SOFTDIRTY* ]]
  [[ $output =~ →\ 0x80000000000[0-9a-f]+867\; ]]
  [[ $output == *"bad_area_nosemaphore → SIGSEGV"* ]]
  run "$CR2" run --kernel 6.18 --explain each.litmus
  [[ $output == *"S2 mapping     lock_vma_under_rcu → buf"* ]]
  [[ $output == *"vm_flags 0x100073 = "* ]]
  [[ $output =~ →\ 0x80000000000[0-9a-f]+067\; ]]
  [[ $output == *"lock_vma_under_rcu finds none, lock_mm_and_find_vma → no mapping there"* ]]
}

@test "--explain: a part of a 2 MiB page has the whole page's references" {
  printf 'thp always\nmap big 1024 rw\nwrite big@0\nfork kid\nkid: write big@3\n' >part.litmus
  run "$CR2" run --explain part.litmus
  [ "$status" -eq 0 ]
  [[ $output =~ old\ +refs\ [1-9] ]]
  [[ ! $output =~ old\ +refs\ 0 ]]
}

@test "--explain --json: an object a stage, the same faults as the narrative" {
  run --separate-stderr "$CR2" run --explain=5 --json cow.litmus
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 8 ]
  [[ ${lines[0]} == \{*'"step":5,'*'"stage":"exception"'*'"error":"0x7"'*\} ]]
  [[ ${lines[5]} == *'"stage":"page","action":"copied"'* ]]
  [[ ${lines[7]} == *'"stage":"return"'* ]]
}

@test "--explain with two targets: the table, then the narrative" {
  run "$CR2" run --on model,model --explain 5 cow.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"agree"*"step 5  child"*"S8 return"* ]]
}

# The rest needs this machine's kernel; the words that refuse say what it lacks.
host() {
  run --separate-stderr "$CR2" run --on "$1" "${@:2}"
  [ "$status" -ne 3 ] || skip "$("$CR2" run --on host --json "${@: -1}" 2>&1 >/dev/null | tail -n 1)"
}

@test "--on model,host: side by side, and they agree" {
  host model,host cow.litmus
  [ "$status" -eq 0 ]
  [[ $output == *"model 6.18"*"host "* ]]
  [[ $output == *"model and host agree"* ]]
}

@test "--on host --json: the same objects but for how paths are known" {
  host host --json cow.litmus
  [ "$status" -eq 0 ]
  strip='s/,"path":"[^"]*","evidence":"[^"]*"//g; s/"target":"[^"]*"//'
  diff <("$CR2" run --json cow.litmus | sed "$strip") <(printf '%s\n' "$output" | sed "$strip")
}

@test "--on host: what one scenario filled pages with is not asked of the next one's instructions" {
  printf 'map m 1 rw\nuffd m missing\nuffd_copy m 7\n' > filled.litmus
  printf 'map m 1 rwx\nwrite m 0xc3\nexec m => none\n' > exec.litmus
  host host filled.litmus exec.litmus
  [ "${lines[-1]}" = "2 files: 2 ok" ] || [[ $output == *"skipped  filled.litmus"* ]]
}

@test "--on host: a failed expectation names this kernel" {
  host host wrong.litmus
  [ "$status" -eq 1 ]
  [[ $stderr == "wrong.litmus:3: host "*": expected 0x7 wp_copy, seen 0x6 anon_alloc" ]]
}

@test "a name of the catalogue is found in the source tree, and what stands here wins" {
  ln -s "$CR2_SOURCE/catalogue" catalogue
  run "$CR2" run cow/child-writes
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "catalogue/cow/child-writes.litmus" ]]
  run "$CR2" run zero-page
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "ok       catalogue/zero-page/"* ]]
  mkdir cow
  printf '# mine\nmap m 1 rw\n' >cow/child-writes.litmus
  run "$CR2" run cow/child-writes
  [[ ${lines[1]} == "mine" ]]
  run --separate-stderr "$CR2" run cow/child-write
  [ "$status" -eq 2 ]
  [[ $stderr == *"did you mean 'cow/child-writes'?" ]]
}

@test "a folder: all litmus files in and below it, sorted; a link that leads back ends nothing" {
  mkdir -p deep/b/c empty
  for file in deep/z deep/a deep/b/m deep/b/c/d; do printf 'map m 1 rw\n' >$file.litmus; done
  echo 'no scenario' >deep/README
  ln -s .. deep/b/up
  run "$CR2" run deep
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "ok       deep/a.litmus" ]
  [ "${lines[1]}" = "ok       deep/b/c/d.litmus" ]
  [ "${lines[2]}" = "ok       deep/b/m.litmus" ]
  [[ $output == *"deep/z.litmus"* ]]
  run --separate-stderr "$CR2" run empty
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: empty: no .litmus file in this folder" ]
}
