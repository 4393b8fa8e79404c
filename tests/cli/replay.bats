# SPDX-License-Identifier: MIT
# cr2 record --ops, cr2 replay: real programs take in the model the faults that they took on this kernel.

bats_require_minimum_version 1.5.0

load tracing

replay() {
  run --separate-stderr timeout -k 5 60 "$CR2" replay "$@"
}

# differ SUMMARY [KEY]: how many faults (pages: with pages_differ) differ.
differ() {
  grep -o "\"${2:-differ}\":{[^}]*}" <<<"$1" | grep -o '[0-9]*' | awk '{n += $1} END {print n + 0}'
}

@test "a known number of faults of each path: all of them are the model's too" {
  record --ops -o r.data "$PRIMES"
  [ "$status" -eq 0 ]
  replay -i r.data
  [ "$status" -eq 0 ]
  [[ $output == "r.data: "*" in the model "*" agree, 100.000 %"* ]]
  [[ $output == *"wp_copy "*"file_shared"* || $output == *"file_shared"*"wp_copy "* ]]
  replay -i r.data --json
  summary=${lines[-1]}
  [ "$(number compared "$summary")" -ge 1000 ]
  [ "$(number unplaced "$summary")" -eq 0 ]
  [ "$(number lost "$summary")" -eq 0 ]
  [ "$(number address_spaces "$summary")" -eq 2 ]
  # Nor do the pages that the two address spaces had at their ends.
  [ "$(number spaces_compared "$summary")" -eq 2 ]
  [ "$(number pages_compared "$summary")" -ge 1000 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
  # Nor do the entries around them.
  [ "$(number near "$summary")" -ge 1000 ]
  [ "$(number near_before_differ "$summary")" -le 5 ]
  # The controls: what is left out, or another fault-around, shows.
  replay -i r.data --without exits
  [ "$status" -eq 1 ]
  [[ $output == *" path: another path settles it"* ]]
  replay -i r.data --fault-around 64 -v
  [ "$status" -eq 1 ]
  [[ $output == *"the model: no fault"*" missing"* ]]
  # As a scenario, which runs by itself: the model's fault there is not what Linux did.
  replay -i r.data --without exits --scenario 1
  [ "$status" -eq 1 ]
  sed -n 's/^    //p' <<<"$output" | grep -E '^(thp|fault_around|file|shmem|p[0-9]+: |map|unmap|protect|fork|read|write|kread|kwrite|exit) ' >s.litmus
  grep -q '^fork p' s.litmus
  run --separate-stderr "$CR2" run s.litmus
  [ "$status" -eq 1 ]
  [[ $output$stderr == *"wp_copy"* ]]
}

# bats test_tags=once
@test "pages at the end: of programs that are killed, replaced, or end; mprotect shows" {
  record --ops -o r.data bash -c '(kill -9 $BASHPID); (exec true); (exit 3); true'
  replay -i r.data --json
  summary=${lines[-1]}
  spaces=$(number address_spaces "$summary")
  [ "$spaces" -ge 5 ]
  [ "$(number spaces_compared "$summary")" -eq "$spaces" ]
  [ "$(number pages_compared "$summary")" -ge 2000 ]
  # Fault-around may pass over a page where nothing shows it.
  [ "$(differ "$summary" pages_differ)" -le 1 ]
  # Each fault is the same without it, and the pages are not.
  replay -i r.data --without protect -v
  [ "$status" -eq 1 ]
  # Their times count from the first fault, not from the first difference.
  [[ ${lines[0]} != "0.000000 "* ]]
  [[ $output == *" at its end: "*" page"*"not writable"*"the model:"*" writable"* ]]
  [[ $output == *" writable: writable on one side alone"* ]]
}

# bats test_tags=once
@test "a shell with pipes, forks and programs" {
  record --ops -o r.data bash -c 'for i in 1 2 3; do (echo $i | cat); done; (exec true)'
  [ "$status" -eq 0 ]
  replay -i r.data --json
  summary=${lines[-1]}
  [ "$(number compared "$summary")" -ge 500 ]
  [ "$(number unplaced "$summary")" -eq 0 ]
  # Where parent and child meet, Linux has a choice; that is accepted where it shows.
  [ "$(differ "$summary")" -le 1 ]
  replay -i r.data --without exits --json
  [ "$(differ "${lines[-1]}")" -ge 1 ]
}

# bats test_tags=once
@test "System V memory: written, read by a child and by its parent" {
  cat >shared.pl <<'END'
my $id = shmget(0, 65536, 01600) // die "shmget: $!";
my $text;
shmwrite($id, "x" x 40000, 0, 40000) or die "shmwrite: $!";
if (!fork) {
  shmread($id, $text, 0, 50000) or die "shmread: $!";
  exit 0;
}
wait;
shmread($id, $text, 0, 65536) or die "shmread: $!";
shmctl($id, 0, 0);
END
  record --ops -o r.data perl shared.pl
  [ "$status" -eq 0 ]
  replay -i r.data --json
  grep '"name":"shmat"' <<<"$output" | grep '"replayed":3,"not_replayed":0,"refused":0'
  grep '"name":"shmdt"' <<<"$output" | grep '"replayed":3,"not_replayed":0,"refused":0'
  grep '"mapping":"shmem"' <<<"$output" | grep '"path":"file_shared"'
  [ "$(differ "${lines[-1]}")" -eq 0 ]
  [ "$(differ "${lines[-1]}" pages_differ)" -eq 0 ]
}

# bats test_tags=once
@test "pages of tmpfs that were only reserved: fault-around passes over them" {
  [[ -w /dev/shm && $(stat -f -c %T /dev/shm) == tmpfs ]] || skip "no tmpfs at /dev/shm here"
  command -v python3 >/dev/null || skip "no python3 here"
  cat >reserved.py <<'END'
import mmap, os, tempfile
file = tempfile.TemporaryFile(dir="/dev/shm")
os.posix_fallocate(file.fileno(), 0, 1 << 16)
memory = mmap.mmap(file.fileno(), 1 << 16)
memory[0] = 1
memory[5 << 12]
memory[7 << 12] = 1
again = mmap.mmap(file.fileno(), 1 << 16)
again[3 << 12]
again[5 << 12]
END
  record --ops -o r.data python3 reserved.py
  [ "$status" -eq 0 ]
  replay -i r.data -v --json
  grep '"name":"fallocate"' <<<"$output" | grep '"replayed":1,"not_replayed":0,"refused":0'
  # Of those of again[] the second finds its page there.
  [ "$(grep '"kind":"row"' <<<"$output" | grep '"mapping":"shmem"' | grep -o '"count":[0-9]*' | awk -F : '{n += $2} END {print n}')" -eq 4 ]
  [ "$(grep -c '"mapping":"shmem".*"accepted":"' <<<"$output")" -eq 0 ]
  [ "$(differ "${lines[-1]}")" -eq 0 ]
  [ "$(differ "${lines[-1]}" pages_differ)" -eq 0 ]
}

# bats test_tags=once
@test "a program that forbids itself large pages: in what it has, in what it maps then, and its child" {
  grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled && skip "large pages are off here"
  cat >small.pl <<'END'
# SYS_mmap, SYS_madvise, SYS_prctl.
sub region {
  my $at = syscall(9, 0, 8 << 20, 3, 0x22, -1, 0);
  syscall(28, $at, 8 << 20, 14);
  return $at;
}
# getcwd() writes a few bytes where it is told to; its fault is the kernel's, as good as any.
sub touch { my ($at) = @_; syscall(79, $at + ($_ << 12), 4096) for 0 .. 2047 }
my $before = region();
my $inherited = region();
syscall(157, 41, $ARGV[0] + 0, 0, 0, 0);
touch($before);
touch(region());
if (!fork) {
  touch($inherited);
  touch(region());
  exit 0;
}
wait;
END
  for forbids in 1 0; do
    record --ops -o r.data perl small.pl $forbids
    [ "$status" -eq 0 ]
    replay -i r.data --json
    grep '"name":"prctl"' <<<"$output" | grep '"replayed":1,"not_replayed":0,"refused":0'
    [ "$(differ "${lines[-1]}")" -eq 0 ]
    [ "$(differ "${lines[-1]}" pages_differ)" -eq 0 ]
    # The control: large ones where nothing forbids them.
    compared=$(number compared "${lines[-1]}")
    [ $forbids -eq 1 ] && [ "$compared" -ge 8192 ] || { [ $forbids -eq 0 ] && [ "$compared" -lt 8192 ]; }
  done
}

# attach WHOM COMMAND...: records the program, which prints a line and waits for SIGUSR1, from there on.
attach() {
  "${@:2}" >out 2>said 3>&- & storm=$!
  until [ -s out ]; do
    # A container may forbid what it does.
    kill -0 $storm 2>/dev/null || { storm=; grep 'Operation not permitted' said; skip "$(cat said)"; }
    sleep 0.05
  done
  "$CR2" record --source bpf --ops -o r.data "$1" $storm 2>err 3>&- & cr2=$!
  await_followed $cr2
  kill -USR1 $storm
  wait $storm
  status=0
  wait $cr2 || status=$?
  [ "$status" -ne 3 ] || skip "$(head -1 err)"
  [ "$status" -eq 0 ]
}

@test "memory that is locked: at once, on fault, all of it" {
  record --ops -o r.data "$TRACED_PROGRAMS/locks"
  [ "$status" -eq 0 ] || skip "${stderr_lines[0]}"
  replay -i r.data -v --json
  echo "$output"
  summary=${lines[-1]}
  [ "$(differ "$summary")" -eq 0 ]
  [ "$(number pages_compared "$summary")" -ge 500 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
  for name in mlock mlock2 mlockall munlockall; do
    grep -q "\"kind\":\"call\",\"name\":\"$name\",.*\"not_replayed\":0,\"refused\":0" <<<"$output"
  done
}

@test "a process that is attached to goes on from what was there" {
  attach -p "$TRACED_PROGRAMS/attached"
  replay -i r.data --json
  summary=${lines[-1]}
  [ "$(number spaces_found "$summary")" -eq 1 ]
  [ "$(number spaces_found_in_part "$summary")" -eq 0 ]
  [ "$(number pages_found "$summary")" -ge 150 ]
  [ "$(number unplaced "$summary")" -eq 0 ]
  [ "$(number compared "$summary")" -ge 150 ]
  [ "$(differ "$summary")" -eq 0 ]
  # The parent and the child that it makes.
  [ "$(number spaces_compared "$summary")" -eq 2 ]
  [ "$(number pages_compared "$summary")" -ge 400 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
  # A child whose end is not recorded had four pages that are written to then, and four that are not.
  [[ $summary == *'"accepted":{'*'"unrecorded":4,'*'},"differ"'* ]]
  [[ $summary =~ '"pages_accepted":{'[^}]*'"unrecorded":'[1-9] ]]
  replay -i r.data
  [[ $output == *"of which 1 were there before, with "*" pages"* ]]
  # The control: without the pages that were found.
  replay -i r.data --without found --json
  [ "$(differ "${lines[-1]}")" -ge 60 ]
  [ "$(differ "${lines[-1]}" pages_differ)" -ge 60 ]
}

@test "a process that had memory locked when it was attached to" {
  attach -p "$TRACED_PROGRAMS/locked"
  found
  [ "$(number compared "$summary")" -ge 120 ]
  [ "$(number spaces_compared "$summary")" -eq 2 ]
  [ "$(number pages_compared "$summary")" -ge 600 ]
  # The control: with nothing locked, what comes by itself is missing.
  replay -i r.data --without locks --json
  [ "$(differ "${lines[-1]}")" -ge 30 ]
  [ "$(differ "${lines[-1]}" pages_differ)" -ge 200 ]
}

@test "relatives that are attached to have the same frames" {
  "$TRACED_PROGRAMS/family" >out 3>&- & storm=$!
  await_lines out 1
  "$CR2" record --source bpf --ops -o r.data -p "$(cat out)" 2>err 3>&- & cr2=$!
  await_followed $cr2
  kill -USR1 $storm
  wait $storm
  wait $cr2 || [ $? -ne 3 ] || skip "$(head -n 1 err)"
  replay -i r.data -v --json
  echo "$output"
  summary=${lines[-1]}
  [ "$(number spaces_found "$summary")" -eq 4 ]
  # And the child that is made then.
  [ "$(number spaces_compared "$summary")" -eq 5 ]
  [ "$(number compared "$summary")" -ge 300 ]
  [ "$(differ "$summary")" -eq 0 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
  # Who has a page is known at any time: of nobody it has to be said that his part in it is not recorded.
  [ "$(grep -o '"unrecorded":[0-9]*' <<<"$summary" | sort -u)" = '"unrecorded":0' ]
}

# found WHAT: all of what there was is in the replay of r.data, and nothing differs; $summary.
found() {
  replay -i r.data --json
  summary=${lines[-1]}
  [ "$(number lost "$summary")" -eq 0 ]
  [ "$(number spaces_found "$summary")" -ge 1 ]
  [ "$(number spaces_found_in_part "$summary")" -eq 0 ]
  [ "$(differ "$summary")" -eq 0 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
}

@test "attached to while its threads fault" {
  attach -p "$TRACED_PROGRAMS/crowd" -w threads 4
  found
  [ "$(number compared "$summary")" -ge 4000 ]
  [ "$(number spaces_compared "$summary")" -eq 1 ]
  [ "$(number pages_compared "$summary")" -ge 16384 ]
}

# bats test_tags=long
@test "attached to with 60,000 mappings" {
  attach -p "$TRACED_PROGRAMS/crowd" -w map 60000
  found
  [ "$(number compared "$summary")" -ge 30000 ]
  [ "$(number pages_compared "$summary")" -ge 30000 ]
}

# bats test_tags=long
@test "attached to in the middle of a storm of children" {
  attach -p "$TRACED_PROGRAMS/crowd" -w fork 50
  found
  [ "$(number address_spaces "$summary")" -ge 50 ]
  [ "$(number compared "$summary")" -ge 100 ]
}

@test "all processes: who is there is found, who begins meanwhile is followed from there on" {
  "$TRACED_PROGRAMS/crowd" -w fork 100 >out 3>&- & storm=$!
  await_lines out 1
  record --ops -a -o r.data "$TRACED_PROGRAMS/crowd" fork 200
  kill -USR1 $storm
  wait $storm
  [ "$status" -eq 0 ]
  replay -i r.data -v --json
  summary=${lines[-1]}
  # The storm at least, which was there; and all children.
  [ "$(number spaces_found "$summary")" -ge 1 ]
  [ "$(number spaces_found_in_part "$summary")" -eq 0 ]
  [ "$(number address_spaces "$summary")" -ge 200 ]
  [ "$(number compared "$summary")" -ge 400 ]
  # Whatever else runs here has its part in it, and may do what the model does not have.
  run ! grep -E '"kind":"difference","field":"[a-z]*","accepted":null,.*"comm":"crowd"' <<<"$output"
}

# bats test_tags=once
@test "a control group: a process that was in it is found, and nobody else is" {
  root=$(awk '$3 == "cgroup2" {print $2; exit}' /proc/self/mounts)
  [ -n "$root" ] || skip "no hierarchy of version 2 is mounted"
  group=cr2-replay-$$
  mkdir "$root/$group" 2>/dev/null || skip "no rights to make a control group"
  sh -c 'echo $$ >"$1" && exec "$0"' "$TRACED_PROGRAMS/attached" "$root/$group/cgroup.procs" >out 3>&- & storm=$!
  await_lines out 1
  run --separate-stderr timeout -k 5 60 "$CR2" record --source bpf --ops --cgroup "$group" -o r.data \
    sh -c 'kill -USR1 $0; while grep -q "^State:.[^Z]" /proc/$0/status; do sleep 0.05; done' $storm
  [ "$status" -ne 3 ] || kill -USR1 $storm # else nobody has told it to go on
  wait $storm
  rmdir "$root/$group"
  [ "$status" -ne 3 ] || skip "${stderr_lines[0]}"
  [[ $stderr == *" 0 lost, 0 not determined" ]]
  replay -i r.data --json
  summary=${lines[-1]}
  # Its child was there too, and ends by a signal.
  [ "$(number spaces_found "$summary")" -ge 1 ]
  [ "$(number spaces_found "$summary")" -le 2 ]
  [ "$(number compared "$summary")" -ge 150 ]
  [ "$(differ "$summary")" -eq 0 ]
  [ "$(differ "$summary" pages_differ)" -eq 0 ]
}

@test "what had no room in the ring is said, of calls as of faults" {
  record --ops --ring 4096 -o r.data "$STORM" 20000
  [ "$status" -eq 0 ]
  [[ $stderr =~ ' by reference only, '[1-9][0-9]*' lost' ]]
  [[ $stderr =~ 'cr2: '[1-9][0-9]*' records of system calls, mappings and pages lost: a replay will differ' ]]
}

# bats test_tags=once
@test "perf reads it too, and so does report" {
  need_perf
  record --ops -o r.data true
  [ "$status" -eq 0 ]
  perf script -i r.data -F event,trace >script 2>err
  grep -q 'cr2:call: path=call .*kind=exec' script
  grep -q 'cr2:file_read: path=file_read .*near_before=' script
  run --separate-stderr "$CR2" report -i r.data --by path --json
  [ "$status" -eq 0 ]
  [[ $output == *'"path":"file_read"'* ]]
}

@test "what cannot be replayed is said in a line" {
  record -o r.data true
  [ "$status" -eq 0 ]
  replay -i r.data
  [ "$status" -eq 2 ]
  [[ $stderr == *"replay: r.data: it has no system calls; 'cr2 record --ops' records them"* ]]
  record --ops -o o.data true
  size=$(stat -c %s o.data)
  head -c $((size - 5000)) o.data >cut.data
  replay -i cut.data
  [ "$status" -eq 2 ]
  [[ $stderr == *"replay: cut.data: it is cut off at byte "* ]]
}

# bats test_tags=once
@test "mistakes" {
  replay -i absent.data
  [ "$status" -eq 2 ]
  [[ $stderr == *"absent.data: No such file or directory"* ]]
  replay --fault-around 3
  [ "$status" -eq 2 ]
  [[ $stderr == *"'3' is not a power of two up to 512"* ]]
  replay --without all
  [ "$status" -eq 2 ]
  replay --profile 5.4
  [ "$status" -eq 2 ]
}
