# SPDX-License-Identifier: MIT
# cr2 decode log: where logs come from and where explanations go, and crashes of this kernel.

bats_require_minimum_version 1.5.0

LINE='prog[123]: segfault at 0 ip 000055d0c0de1139 sp 00007ffd3a10 error 4 in prog[55d0c0de1000+1000] likely on CPU 1'
logs=$CR2_SOURCE/tests/data/log

# says TEXT...: each stands in $output.
says() {
  local text
  for text in "$@"; do
    [[ $output == *"$text"* ]] || { echo "not said: $text"; return 1; }
  done
}

@test "a line as one argument" {
  run --separate-stderr "$CR2" decode log "$LINE"
  [ "$status" -eq 0 ]
  [ -z "$stderr" ]
  [[ ${lines[0]} == "segfault of prog[123]" ]]
  [[ $output == *"read of 0x0 in user mode"* ]]
  [[ $output == *"null  the address is 0"* ]]
}

@test "a line pasted without quotes" {
  # shellcheck disable=SC2086
  run --separate-stderr "$CR2" decode log --json $LINE
  [ "$status" -eq 0 ]
  says '"cause":"segfault"' '"comm":"prog","pid":123,"cpu":1' '"ip":"0x55d0c0de1139"' '"sp":"0x7ffd3a10"' \
    '"access":"read","addr":"0x0","addr_inferred":false,"mode":"user","present":false,"error":"0x4"' \
    '"object":"prog"' '"object_start":"0x55d0c0de1000"' '"object_length":"0x1000"' '"object_offset":"0x139"'
}

@test "two lines as two arguments" {
  run --separate-stderr "$CR2" decode log --json "$LINE" 'Code: <8b> 04 25 00 00 00 00'
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *'"instruction":"mov eax, dword ptr [0]"'* ]]
}

@test "a file, standard input and - give the same" {
  "$CR2" decode log --json --no-files "$logs/linux-6.12.txt" | sed 's/"source":"[^"]*",//g' >"$BATS_TEST_TMPDIR/file"
  "$CR2" decode log --json --no-files <"$logs/linux-6.12.txt" | sed 's/"source":"[^"]*",//g' >"$BATS_TEST_TMPDIR/stdin"
  "$CR2" decode log --json --no-files - <"$logs/linux-6.12.txt" | sed 's/"source":"[^"]*",//g' >"$BATS_TEST_TMPDIR/dash"
  # 37 reports, and their summary.
  [ "$(wc -l <"$BATS_TEST_TMPDIR/file")" -eq 38 ]
  cmp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/stdin"
  cmp "$BATS_TEST_TMPDIR/file" "$BATS_TEST_TMPDIR/dash"
}

# bats test_tags=once
@test "several files, each named with its own line numbers" {
  run --separate-stderr "$CR2" decode log --no-files "$logs/linux-4.4.txt" "$logs/linux-6.18.txt"
  [ "$status" -eq 0 ]
  [[ $output == *"linux-4.4.txt:1"* ]]
  [[ $output == *"linux-6.18.txt:1"* ]]
}

@test "what is no crash: silence on stdout, a remark on stderr, exit 0" {
  printf 'all is well\ndefault traps: none\n' >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR/log"
  [ "$status" -eq 0 ]
  [ -z "$output" ]
  [ "$stderr" = "cr2: $BATS_TEST_TMPDIR/log: no crash in 2 lines" ]
}

@test "an empty journal: it may be one that this user cannot read" {
  for journal in '' '-- No entries --'; do
    run --separate-stderr "$CR2" decode log <<<"$journal"
    [ "$status" -eq 0 ]
    [[ $stderr == "cr2: <stdin>: no crash in 1 line; was the log readable? "*root* ]]
  done
  run --separate-stderr "$CR2" decode log </dev/null
  [[ $stderr == "cr2: <stdin>: no crash in 0 lines; was the log readable? "*root* ]]
}

@test "what the kernel's rate limit dropped is said" {
  run --separate-stderr "$CR2" decode log <<<"[ 9.0] show_signal_msg: 13 callbacks suppressed"
  [ "$status" -eq 0 ]
  [[ $stderr == *"rate limit dropped 13 more lines"* ]]
}

# bats test_tags=once
@test "a file whose name is not UTF-8 is named in JSON, too" {
  echo "$LINE" >"$BATS_TEST_TMPDIR/"$'\xff.log'
  run --separate-stderr "$CR2" decode log --json --no-files "$BATS_TEST_TMPDIR/"$'\xff.log'
  [ "$status" -eq 0 ]
  says '\\xff.log","line":1'
}

@test "neither a file nor a crash: one line, exit 2" {
  run --separate-stderr "$CR2" decode log dmesg.tx
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: decode log: 'dmesg.tx' is neither a file nor a crash in a kernel log" ]
}

@test "a folder: one line, exit 2" {
  run --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR"
  [ "$status" -eq 2 ]
  [ "$stderr" = "cr2: decode log: $BATS_TEST_TMPDIR: Is a directory" ]
}

@test "an unknown option: exit 2" {
  run --separate-stderr "$CR2" decode log --jsno
  [ "$status" -eq 2 ]
  [ -z "$output" ]
}

@test "--json and --annotate exclude each other: exit 2" {
  run --separate-stderr "$CR2" decode log --json --annotate /dev/null
  [ "$status" -eq 2 ]
  [[ $stderr == *"exclude each other"* ]]
}

@test "--annotate: all of the log, byte for byte, and the explanations between" {
  "$CR2" decode log --annotate --no-files "$logs/linux-6.1.txt" >"$BATS_TEST_TMPDIR/annotated"
  # Lines of the log begin with a timestamp; explanations never do.
  grep '^\[' "$BATS_TEST_TMPDIR/annotated" | cmp - "$logs/linux-6.1.txt"
  grep -q '^kernel oops #1: page fault' "$BATS_TEST_TMPDIR/annotated"
  head -c 100000 /dev/urandom >"$BATS_TEST_TMPDIR/noise"
  "$CR2" decode log --annotate <"$BATS_TEST_TMPDIR/noise" 2>/dev/null | cmp - "$BATS_TEST_TMPDIR/noise"
}

@test "a log that goes on: told while it is silent" {
  mkfifo "$BATS_TEST_TMPDIR/fifo"
  "$CR2" decode log "$BATS_TEST_TMPDIR/fifo" >"$BATS_TEST_TMPDIR/out" &
  exec 9>"$BATS_TEST_TMPDIR/fifo"
  echo "$LINE" >&9
  for _ in $(seq 100); do
    [ -s "$BATS_TEST_TMPDIR/out" ] && break
    sleep 0.1
  done
  grep -q '^segfault of prog' "$BATS_TEST_TMPDIR/out"
  exec 9>&-
  wait
}

# bats test_tags=once
@test "a long stream in little memory" {
  [ -z "$CR2_SANITIZED" ] || skip "sanitizers take address space"
  run --separate-stderr bash -c "(ulimit -v 120000; yes 'Nov 23 07:35:16 host kernel: default fault of a default kind' |
    head -c 300000000 | '$CR2' decode log)"
  [ "$status" -eq 0 ]
  [[ $stderr == *"no crash in "* ]]
}

@test "the instructions before the crash, and the one that loaded the register" {
  run --separate-stderr "$CR2" decode log --no-files "${LINE/at 0 /at 18 }" 'Code: 53 48 8b 5f 08 31 c0 <8b> 43 18 c3'
  says '  before         -7 ? push rbx' ' mov rbx, qword ptr [rdi + 8] ' 'loads rbx' ' -2 ? xor eax, eax'
  run --separate-stderr "$CR2" decode log --no-files --json "${LINE/at 0 /at 18 }" 'Code: 53 48 8b 5f 08 31 c0 <8b> 43 18 c3'
  says '{"offset":-2,"instruction":"xor eax, eax","instruction_bytes":"31 c0","is_trap":false,"certain":false,"loads":null}'
}

@test "the kernel's call trace" {
  run --separate-stderr bash -c "head -95 '$logs/linux-6.12.txt' | '$CR2' decode log --no-files"
  says '  call trace   crash+0x1bf/0x330 [crash]' '               vfs_write+0xf8/0x450'
  run --separate-stderr bash -c "head -95 '$logs/linux-6.12.txt' | '$CR2' decode log --no-files --json"
  says '"calls":[{"reliable":true,"function":"crash","function_offset":"0x1bf","function_size":"0x330","module":"crash"'
}

# 40 times one crash, and once another.
many() {
  for i in $(seq 40); do
    echo "[    $i.000000] prog[$i]: segfault at 0 ip 000055d0c0$(printf %03x "$i")139 sp 00007ffd3a10 error 4 in prog[55d0c0$(printf %03x "$i")000+1000]"
  done
  echo "[   41.000000] other[41]: segfault at 18 ip 0000000000401139 sp 00007ffd3a10 error 6 in other[401000+1000]"
}

@test "a summary ends what is said of more than one crash" {
  many >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$CR2" decode log --no-files "$BATS_TEST_TMPDIR/log"
  [ "$status" -eq 0 ]
  [ "${lines[-3]}" = "41 reports of 2 crashes that differ" ]
  [[ ${lines[-2]} =~ ^\ +40\ +prog\+0x139\ +segfault\ +null\ +:1$ ]]
  [[ ${lines[-1]} =~ ^\ +1\ +other\+0x139\ +segfault\ +near_null\ +:41$ ]]
  run --separate-stderr "$CR2" decode log --no-files "$LINE"
  [[ $output != *"1 report of"* ]]
}

@test "--group: equal crashes once, with what varies" {
  run --separate-stderr "$CR2" decode log --no-files --group - < <(many)
  [ "$status" -eq 0 ]
  [ "$(grep -c '^segfault of' <<<"$output")" -eq 2 ]
  [[ ${lines[0]} =~ ^40\ times\ +.*1\.000000\]\ .*:1\ to\ .*40\.000000\]\ .*:40$ ]]
  [[ ${lines[1]} == "  varies       ip, pid" ]]
  [[ ${lines[2]} == "  the same     addr 0x0, error 0x4, sp 0x7ffd3a10" ]]
}

# bats test_tags=once
@test "--group --json: an object a group, and the summary" {
  run --separate-stderr "$CR2" decode log --no-files --group --json - < <(many)
  [ "${#lines[@]}" -eq 3 ]
  [[ ${lines[0]} == '{"kind":"group","count":40,'*'"same":{"addr":"0x0",'*'"report":{"kind":"segfault"'* ]]
  [[ ${lines[2]} == '{"kind":"summary","reports":41,"distinct":2,"left_out":0,"groups":[{"count":40,'* ]]
}

@test "page faults of a trace are counted with --group only" {
  fault=' a-5 [000] ..... 3.1: page_fault_user: address=0x7f0000001000 ip=0x401139 error_code=0x6'
  run --separate-stderr "$CR2" decode log --no-files - < <(echo "$fault"; echo "$fault")
  [[ $output != *"2 reports of"* ]]
  run --separate-stderr "$CR2" decode log --no-files --group - < <(echo "$fault"; echo "$fault")
  [[ ${lines[0]} == "2 times "* ]]
}

# bats test_tags=once
@test "more crashes that differ than the summary has room for: the rest is counted" {
  seq 4198401 4202500 | awk '{
    printf "prog[1]: segfault at 0 ip %x sp 7ffd3a10 error 4 in prog[401000+2000]\n", $1
  }' >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr bash -c "'$CR2' decode log --json --no-files '$BATS_TEST_TMPDIR/log' | tail -n 1"
  says '"reports":4100,"distinct":4096,"left_out":4'
  run --separate-stderr bash -c "'$CR2' decode log --group --json --no-files '$BATS_TEST_TMPDIR/log' | tail -n 1"
  says '"reports":4100,"distinct":4100,"left_out":0'
}

@test "--group and --annotate exclude each other: exit 2" {
  run --separate-stderr "$CR2" decode log --group --annotate /dev/null
  [ "$status" -eq 2 ]
  [[ $stderr == *"exclude each other"* ]]
}

compile() {
  "${CC:-cc}" -g -O1 -fno-delete-null-pointer-checks -w -o "$1" "$CR2_SOURCE/tests/cli/decode-log-crash.c"
}

# The kernel's log behind the line $1: process numbers come again, old lines stay.
log_since() {
  dmesg 2>/dev/null | last=$1 awk 'seen { print } $0 == ENVIRON["last"] { seen = 1 }'
}

# crash WHAT: does it, and waits for the kernel's line; $log has it, with its Code: line.
crash() {
  local program=$BATS_TEST_TMPDIR/cr2-crash last silent=$BATS_FILE_TMPDIR/silent

  dmesg >/dev/null 2>&1 || skip \
    "the kernel's log is not readable as $(id -un): with kernel.dmesg_restrict=1 dmesg needs root"
  [ "$(cat /proc/sys/debug/exception-trace 2>/dev/null)" = 1 ] || skip "debug.exception-trace is off"
  [ ! -e "$silent" ] || skip "an earlier crash did not come up in the kernel's log"
  [ -e "$BATS_FILE_TMPDIR/cr2-crash" ] || compile "$BATS_FILE_TMPDIR/cr2-crash" || skip "no compiler"
  cp "$BATS_FILE_TMPDIR/cr2-crash" "$program"
  # The kernel prints ten such lines in five seconds at most: again until ours is one.
  for _ in 1 2 3 4 5 6 7 8; do
    last=$(dmesg 2>/dev/null | tail -n 1)
    "$program" "$1" &
    local pid=$!
    wait "$pid" && false
    log=$(log_since "$last" | grep -A1 -F "[$pid]") && return
    sleep 2
  done
  # The tests that follow need not wait as long for the same.
  touch "$silent"
  skip "the kernel's log does not show the crash, or is full of others"
}

# explain WHAT: what cr2 says of it, with the program at hand.
explain() {
  crash "$1"
  run --separate-stderr "$CR2" decode log --json --object "$BATS_TEST_TMPDIR" <<<"$log"
  [ "$status" -eq 0 ]
  echo "$log"
  echo "$output"
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *'"comm":"cr2-crash"'* ]]
}

@test "this kernel: read NULL" {
  explain null
  says '"addr":"0x0"' '"access":"read"' '"pattern":"null"' '":"null_read"' '"file":"' 'decode-log-crash.c"'
}

# bats test_tags=long
@test "this kernel: write a member of NULL" {
  explain near_null
  says '"addr":"0x18"' '"access":"write"' '"register_value":"0x0"' '"pattern":"near_null"'
  # In its own function, or inlined into main.
  says '":"near_null_write"'
}

# bats test_tags=long
@test "this kernel: call NULL" {
  explain jump_to_null
  says '"access":"fetch"' '"object":null' '"pattern":"jump_to_null"'
}

# bats test_tags=long
@test "this kernel: call a variable" {
  explain jump_to_data
  says '"access":"fetch"' '"pattern":"jump_to_data"' '"data_symbol":"variable","data_section":".data"'
}

# bats test_tags=long
@test "this kernel: call a page without PROT_EXEC" {
  explain jump_to_page
  says '"access":"fetch"' '"present":true' '"pattern":"jump_to_data"'
}

# bats test_tags=once
@test "this kernel: endless recursion" {
  explain stack
  says '"access":"write"' '"register":"rsp"' '"pattern":"stack"' '"symbol":"recurse"'
}

# bats test_tags=long
@test "this kernel: write a constant" {
  explain write_to_readonly
  says '"access":"write"' '"pattern":"write_to_readonly"' '"data_symbol":"constant","data_section":".rodata"'
}

# bats test_tags=long
@test "this kernel: write text" {
  explain write_to_text
  says '"pattern":"write_to_text"' '"object_match":"same"' '"data_symbol":"main"'
}

# bats test_tags=long
@test "this kernel: read kernel memory" {
  explain kernel_address
  says '"addr":"0xffffffff81000000"' '"error":"0x5"' '"error_sanitised":true' '"pattern":"kernel_address"'
}

# bats test_tags=long
@test "this kernel: read a non-canonical address" {
  explain non_canonical
  says '"kind":"trap"' '"addr":null' '"instruction_from_file":true' '"pattern":"non_canonical"'
}

# bats test_tags=long
@test "this kernel: a misaligned SSE store" {
  explain misaligned
  says '"instruction":"movaps ' '"pattern":"misaligned"'
}

# bats test_tags=long
@test "this kernel: a privileged instruction" {
  explain privileged
  says '"instruction":"hlt"' '"pattern":"privileged"'
}

# bats test_tags=long
@test "this kernel: cli" {
  explain interrupts
  says '"instruction":"cli"' '"pattern":"privileged","certainty":"certain"'
}

# bats test_tags=once
@test "this kernel: a return to what is no address" {
  explain bad_return
  says '"instruction":"ret"' '"pattern":"bad_return"'
}

# bats test_tags=long
@test "this kernel: a return that takes the flags for an address" {
  explain flags
  says '"addr":"0x246"' '"pattern":"bad_return"' '"finding":"flags_value"'
}

# bats test_tags=long
@test "this kernel: execution on the stack" {
  explain jump_to_stack
  says '"pattern":"jump_to_data"' '"finding":"own_stack"'
}

# bats test_tags=long
@test "this kernel: an access that goes on in a page that is not there" {
  explain crossing
  says '"finding":"crossing"' '"register_value":null'
}

# bats test_tags=long
@test "this kernel: reading the vsyscall page" {
  grep -q 'xp.*vsyscall' /proc/self/maps || skip "vsyscall=none, or emulate, where it can be read"
  explain vsyscall
  says '"addr":"0xffffffffff600400"' '"pattern":"vsyscall"'
}

# bats test_tags=long
@test "this kernel: a bad pointer for the vsyscall page" {
  grep -q 'xp.*vsyscall' /proc/self/maps || skip "vsyscall=none"
  explain vsyscall_pointer
  says '"cause":"vsyscall"' '"addr":"0x8","addr_inferred":true' '"pattern":"vsyscall_pointer"'
}

# bats test_tags=long
@test "this kernel: ud2" {
  explain invalid_instruction
  says '"instruction":"ud2"' '"pattern":"invalid_instruction"'
}

# bats test_tags=once
@test "another program of the same name is not taken for the one that crashed" {
  crash write_to_text
  cp /bin/true "$BATS_TEST_TMPDIR/cr2-crash"
  run --separate-stderr "$CR2" decode log --json --object "$BATS_TEST_TMPDIR" <<<"$log"
  [ "$status" -eq 0 ]
  [[ $output == *'"object_match":"differs"'* || $output == *'"object_match":null'* ]]
  [[ $output == *'"symbol":null'* ]]
}

@test "a file in the current folder is not taken for a program that crashed" {
  cd "$BATS_TEST_TMPDIR"
  cp /bin/true ./planted
  run --separate-stderr "$CR2" decode log --json \
    'planted[7]: segfault at 8 ip 0000000000401139 sp 00007ffd3a10 error 4 in planted[401000+1000]'
  [ "$status" -eq 0 ]
  [[ $output == *'"object_path":null'* ]]
}

@test "servers of debug information are named before they are asked" {
  line='prog[7]: segfault at 8 ip 0000000000401139 sp 00007ffd3a10 error 4 in prog[401000+1000]'
  DEBUGINFOD_URLS=http://127.0.0.1:9 run --separate-stderr "$CR2" decode log "$line"
  [ "$status" -eq 0 ]
  [[ $stderr == *"http://127.0.0.1:9 (DEBUGINFOD_URLS)"* ]]
  DEBUGINFOD_URLS=http://127.0.0.1:9 run --separate-stderr "$CR2" decode log --no-files "$line"
  [ -z "$stderr" ]
}

# bats test_tags=once
@test "a server of debug information gives the line of a stripped program" {
  local served=$BATS_TEST_TMPDIR/served app=$BATS_TEST_TMPDIR/app said=$BATS_TEST_TMPDIR/said
  local port=$((20000 + RANDOM % 30000)) main offset vaddr line

  command -v debuginfod >/dev/null || skip "no debuginfod here"
  mkdir "$served" "$app"
  compile "$served/cr2-crash" || skip "no compiler"
  strip -o "$app/cr2-crash" "$served/cr2-crash"
  debuginfod -d :memory: -p "$port" -F "$served" >"$said" 2>&1 3>&- &
  local server=$!
  for _ in $(seq 600); do
    grep -q 'traversed source paths.*scanned=[1-9]' "$said" && break
    kill -0 "$server" 2>/dev/null || skip "debuginfod does not start: $(tail -1 "$said")"
    sleep 0.1
  done
  main=$((16#$(nm "$served/cr2-crash" | awk '$3 == "main" { print $1 }')))
  # Where its code is in the file is the linker's choice.
  read -r offset vaddr < <(readelf -lW "$app/cr2-crash" | awk '$1 == "LOAD" && $8 == "E" { print $2, $3 }')
  line=$(printf 'cr2-crash[7]: segfault at 0 ip %x sp 7ffd3a10aaa0 error 4 in cr2-crash[%x,555555555000+1000]' \
    $((0x555555554000 + main)) $((main - vaddr + offset)))
  DEBUGINFOD_URLS=http://127.0.0.1:$port DEBUGINFOD_CACHE_PATH=$BATS_TEST_TMPDIR/cache \
    run --separate-stderr "$CR2" decode log --json --object "$app" "$line"
  kill "$server"
  says '"symbol":"main"' 'decode-log-crash.c","file_line":'
  [[ $stderr == *"http://127.0.0.1:$port (DEBUGINFOD_URLS)"* ]]
}

@test "what looks like a crash but cannot be read is named" {
  printf 'x\n[ 1.1] Unable to handle kernel paging request at virtual address ffff000000001000\n' \
    >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR/log"
  [ "$status" -eq 1 ]
  [ -z "$output" ]
  [ "$stderr" = "cr2: $BATS_TEST_TMPDIR/log: line 2 looks like a crash in a form that is not known" ]
  run --separate-stderr "$CR2" decode log "$(tail -1 "$BATS_TEST_TMPDIR/log")"
  [ "$status" -eq 1 ]
  [[ $stderr == "cr2: decode log: '[ 1.1] Unable"*"' looks like a crash in a form that is not known" ]]
}

# bats test_tags=once
@test "texts about crashes, and cr2's own, are none" {
  for file in "$CR2_SOURCE"/docs/DESIGN.md "$CR2_SOURCE"/CHANGELOG.md "$CR2_SOURCE"/src/log/scan.c \
    "$CR2_SOURCE"/src/log/code.c "$CR2_SOURCE"/include/cr2/tables/log_*.def; do
    run --separate-stderr "$CR2" decode log --no-files "$file"
    [ "$status" -eq 0 ]
    [[ $stderr == *": no crash in "* ]]
  done
  for file in "$logs"/*.txt; do
    for how in "" --json; do
      "$CR2" decode log --no-files $how "$file" >"$BATS_TEST_TMPDIR/explained"
      run --separate-stderr "$CR2" decode log --no-files "$BATS_TEST_TMPDIR/explained"
      [ "$status" -eq 0 ]
      [[ $stderr == *": no crash in "* ]]
    done
  done
}

@test "--annotate keeps every byte of records, colours and broken lines" {
  {
    printf '\xef\xbb\xbf\x1b[32m[ 1.1] \x1b[0m\x1b[33mBUG: \x1b[0mkernel NULL pointer dereference, address:\r\n'
    printf '0000000000000018\r\n{"MESSAGE":[66,85,71]}\n  MESSAGE\n\x03\0\0\0\0\0\0\0BUG\n'
    printf '> [ 1.2] Code: \\<48> &lt;8b\n\t"MESSAGE" : [\n66,\n],\n\xc2\xa0x\n[ 1.1] PGD a [ 1.2] PUD b\nend'
  } >"$BATS_TEST_TMPDIR/log"
  "$CR2" decode log --annotate --no-files "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/annotated"
  "$CR2" decode log --no-files "$BATS_TEST_TMPDIR/log" >"$BATS_TEST_TMPDIR/explained"
  [ -s "$BATS_TEST_TMPDIR/explained" ]
  # The log, with the explanation somewhere in it.
  python3 - "$BATS_TEST_TMPDIR" <<'EOF'
import sys
log, annotated, explained = (open(f"{sys.argv[1]}/{name}", "rb").read()
                             for name in ("log", "annotated", "explained"))
at = annotated.index(explained.strip(b"\n"))
assert len(annotated) >= len(log) + len(explained.strip(b"\n"))
rest = annotated.replace(explained.strip(b"\n"), b"")
assert rest.replace(b"\n", b"") == log.replace(b"\n", b""), (rest, log)
EOF
}

@test "--annotate: what cr2 says begins a line where the log's last one does not end" {
  printf 'p[1]: segfault at 0 ip 0000000000401136 sp 00007ffd3a10aaa0 error 4 in p[401000+1000]' >"$BATS_TEST_TMPDIR/log"
  run -0 "$CR2" decode log --annotate --no-files "$BATS_TEST_TMPDIR/log"
  [ "${lines[0]}" = "$(cat "$BATS_TEST_TMPDIR/log")" ]
  [[ "${lines[1]}" == "segfault of p[1]"* ]]
}

@test "reports of AddressSanitizer about memory that is there are said to be no page faults" {
  printf '%s\n' '==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x4c3a7b bp 0x1 sp 0x2' \
    >"$BATS_TEST_TMPDIR/log"
  run -0 --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR/log"
  [ -z "$output" ]
  [[ "$stderr" == *"1 report of a sanitizer about memory that is there"* ]]
}

@test "UTF-16 is named, with the remedy: exit 2" {
  printf '\xff\xfea\0\n\0' >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR/log"
  [ "$status" -eq 2 ]
  [[ "$stderr" == *"is UTF-16: iconv"* ]]
}

@test "a line that is too long to be kept is said to be cut" {
  head -c 3000000 /dev/zero | tr '\0' x >"$BATS_TEST_TMPDIR/log"
  run --separate-stderr "$CR2" decode log "$BATS_TEST_TMPDIR/log"
  [[ "$stderr" == *"1 line longer than 64 KiB"* ]]
}
