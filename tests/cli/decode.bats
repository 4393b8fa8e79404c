# SPDX-License-Identifier: MIT
# cr2 decode, all kinds but log: what people read, what programs read, and mistakes.

bats_require_minimum_version 1.5.0

# The member of the first JSON line of $output that a Python expression of d names. Without what
# somebody has installed Python starts in half of the time.
field() {
  python3 -IS -c 'import json, sys; d = json.loads(sys.stdin.readline()); print(eval(sys.argv[1]))' "$1" \
    <<<"$output"
}

MAPPING=7f0000200000-7f0000204000

@test "without a kind: usage on stderr, exit 2; --help: on stdout, names every kind" {
  run --separate-stderr "$CR2" decode
  [ "$status" -eq 2 ]
  [[ $stderr == "usage: cr2 decode KIND"* ]]
  run --separate-stderr "$CR2" decode --help
  [ "$status" -eq 0 ]
  for kind in error pte va vmflags faultflags vmfault regs log; do
    [[ $output == *"  $kind "* ]]
  done
}

# bats test_tags=once
@test "each kind has a --help of its own" {
  for kind in error pte va vmflags faultflags vmfault regs; do
    run --separate-stderr "$CR2" decode $kind --help
    [ "$status" -eq 0 ]
    [[ $output == "Usage: cr2 decode $kind [OPTION...] "* ]]
    [[ $output == *"--json"* ]]
  done
}

@test "an unknown kind: one line with a near miss, exit 2" {
  run "$CR2" decode eror 7
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: decode: unknown kind 'eror'; did you mean 'error'?" ]
}

@test "error: every bit, the binary form, a sentence, what Linux makes of it" {
  run "$CR2" decode error 0x7
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "error code 0x7 = 00111b: user mode stored to a present page that refuses it" ]
  for bit in P W U RSVD I PK SS SGX RMP; do
    [[ $output =~ [0-9]\ \ $bit\ +[01]\  ]]
  done
  [[ $output == *"wp_copy: "* ]]
  [[ $output != *impossible* ]]
}

@test "error 0x17: hardware cannot produce it" {
  run "$CR2" decode error 0x17
  [ "$status" -eq 0 ]
  [[ $output == *"impossible"*"no CPU pushes this code"*"W with I: an instruction fetch never stores"* ]]
}

@test "error: the keys of its JSON" {
  run "$CR2" decode error --json 0x17
  [ "$(field "d['error']")" = 0x17 ]
  [ "$(field "[k for k in 'P W U RSVD I PK SS SGX RMP'.split() if d['bits'][k]]")" = "['P', 'W', 'U', 'I']" ]
  [ "$(field "d['access'], d['mode'], d['present'], d['possible']")" = "('fetch', 'user', True, False)" ]
  [ "$(field "'inside' in d or 'permitted' in d")" = False ]
}

@test "error: an address in a mapping" {
  run "$CR2" decode error 0x7 --json --addr 0x7f0000201abc --vma $MAPPING:rw-p
  [ "$(field "d['inside'], d['offset'], d['page'], d['page_offset'], d['permitted']")" = \
    "(True, '0x1abc', 1, '0xabc', True)" ]
  [ "$(field "d['likely']['path']")" = wp_copy ]
  run "$CR2" decode error 0x7 --addr 0x7f0000201abc --vma $MAPPING:rw-p
  [[ $output == *"0x7f0000201abc inside [0x7f0000200000, 0x7f0000204000) rw-p"* ]]
  [[ $output == *"offset 0x1abc: page 1 of 4 (from 0), byte 0xabc of it"* ]]
}

@test "error: the end of a mapping is outside" {
  run "$CR2" decode error 6 --addr 7f0000204000 --vma $MAPPING:rw-p
  [[ $output == *"exactly its end, which is exclusive"* ]]
  run "$CR2" decode error 6 --json --addr 7f0000204000 --vma $MAPPING:rw-p
  [ "$(field "d['inside'], d['page'], d['permitted'], d['likely']['result']")" = \
    "(False, 4, False, 'SEGV_MAPERR')" ]
  run "$CR2" decode error 6 --json --addr 7f00001fffff --vma $MAPPING:rw-p
  [ "$(field "d['inside'], d['offset'], d['page'], d['page_offset']")" = "(False, None, None, None)" ]
}

@test "error: a mapping that forbids the access" {
  run "$CR2" decode error 0x15 --json --addr 7f0000200000 --vma "$MAPPING rw-p 00000000 00:00 0"
  [ "$(field "d['permitted'], d['likely']['result']")" = "(False, 'SEGV_ACCERR')" ]
}

@test "pte: a page, with its flags" {
  run "$CR2" decode pte --json 0x8000000012345067
  [ "$(field "d['present'], d['pfn'], d['phys']")" = "(True, '0x12345', '0x12345000')" ]
  [ "$(field "' '.join(d['flags'])")" = "present write user accessed dirty NX" ]
  run "$CR2" decode pte 0x8000000012345067
  [[ $output == "pte 0x8000000012345067  present: maps a page of 4 KiB"* ]]
}

@test "pte: huge pages and tables, by level" {
  run "$CR2" decode pte --level pmd --json 0x80000000124010e7
  [ "$(field "d['kind'], d['phys'], d['size'], 'pat' in d['flags']")" = "('page', '0x12400000', 2097152, True)" ]
  run "$CR2" decode pte --level pud --json 0x12400067
  [ "$(field "d['kind'], d['phys']")" = "('table', '0x12400000')" ]
}

@test "pte: entries that are not present are told apart" {
  run "$CR2" decode pte --json 0
  [ "$(field "d['kind'], d['present'], d['pfn']")" = "('none', False, None)" ]
  run "$CR2" decode pte --json 0x7fffffffffdb808
  [ "$(field "d['kind'], d['type'], d['offset'], d['flags']")" = "('swap', 0, '0x123', ['exclusive'])" ]
  run "$CR2" decode pte --json 0xfffffedcba160
  [ "$(field "d['kind'], d['phys']")" = "('prot_none', '0x12345000')" ]
  run "$CR2" decode pte --json 0xf7fffffffdb97600
  [ "$(field "d['special'], d['pfn']")" = "('migration_write', '0x12344')" ]
  run "$CR2" decode pte --json --device-private 0xf7fffffffdb97600
  [ "$(field "d['special']")" = device_exclusive ]
}

@test "va: indices from the top, offset, and the bits drawn" {
  run "$CR2" decode va --json 0x7ffe12345678
  [ "$(field "d['canonical'], [l['index'] for l in d['levels']], d['offset']")" = "(True, [255, 504, 145, 325], '0x678')" ]
  run "$CR2" decode va --levels 5 --json 0x7ffe12345678
  [ "$(field "[l['index'] for l in d['levels']]")" = "[0, 255, 504, 145, 325]" ]
  run "$CR2" decode va 0x7ffe12345678
  [[ $output == *"0000000000000000 011111111 111111000 010010001 101000101 011001111000"* ]]
  run "$CR2" decode va --json 0x800000000000
  [ "$(field "d['canonical']")" = False ]
}

@test "vmflags, faultflags, vmfault: names, and the rest raw" {
  run "$CR2" decode vmflags --json 0x100073
  [ "$(field "d['flags'], d['unknown']")" = \
    "(['READ', 'WRITE', 'MAYREAD', 'MAYWRITE', 'MAYEXEC', 'ACCOUNT'], '0x0')" ]
  run "$CR2" decode faultflags --json 0x255
  [ "$(field "d['flags']")" = "['WRITE', 'ALLOW_RETRY', 'KILLABLE', 'USER', 'INTERRUPTIBLE']" ]
  run "$CR2" decode vmfault --json 0x80000404
  [ "$(field "d['flags'], d['unknown']")" = "(['MAJOR', 'RETRY'], '0x80000000')" ]
}

@test "vmflags: names follow the kernel" {
  run "$CR2" decode vmflags --json --kernel 6.1 2000000000
  [ "$(field "d['flags']")" = "['UFFD_MINOR']" ]
  run "$CR2" decode vmflags --json --kernel 6.12.3-1-amd64 2000000000
  [ "$(field "d['flags']")" = "['SHADOW_STACK']" ]
  run "$CR2" decode vmflags --kernel 6.18 4000000000
  [[ $output == *"unknown in this kernel; but UFFD_MINOR from 6.6 before 6.13 (see --kernel)"* ]]
}

@test "vmflags: this machine's smaps lines are understood" {
  grep -h VmFlags /proc/self/smaps >"$BATS_TEST_TMPDIR/lines"
  run --separate-stderr "$CR2" decode vmflags --json <"$BATS_TEST_TMPDIR/lines"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq "$(wc -l <"$BATS_TEST_TMPDIR/lines")" ]
  [[ $output == *'"READ"'* ]]
}

@test "regs: argument by argument, by type" {
  run "$CR2" decode regs --json --probe handle_mm_fault di=0xffff888112340000 si=0x7ffe56789000 dx=0x255
  [ "$status" -eq 0 ]
  [ "$(field "[(a['name'], a['register'], a['value']) for a in d['args']][1:3]")" = \
    "[('address', 'si', '0x7ffe56789000'), ('flags', 'dx', '0x255')]" ]
  [ "$(field "d['args'][2]['meaning']")" = "WRITE|ALLOW_RETRY|KILLABLE|USER|INTERRUPTIBLE" ]
  [ "$(field "d['args'][3]['value']")" = None ]
  run "$CR2" decode regs --probe do_wp_page ax=0x404
  [[ $output == *"return value"*"MAJOR|RETRY"* ]]
}

@test "items: several arguments, and lines of standard input" {
  run "$CR2" decode error --json 4 6 7
  [ "${#lines[@]}" -eq 3 ]
  run "$CR2" decode error --json < <(printf '4\n\n  0x6\t\r\n7')
  [ "${#lines[@]}" -eq 3 ]
  run "$CR2" decode regs --probe do_wp_page --json < <(printf 'di=ffffc90000007d00\ndi=0\n')
  [ "${#lines[@]}" -eq 2 ]
}

@test "numbers are hexadecimal, with and without 0x" {
  run "$CR2" decode error --json 14
  [ "$(field "d['error'], d['access']")" = "('0x14', 'fetch')" ]
}

# bats test_tags=once
@test "numbers as people write them: binary, with underscores, with a label" {
  for code in 0x17 0b10111 10111b error_code=0x17 RDI=0b1_0111; do
    run "$CR2" decode error --json "$code"
    [ "$(field "d['error']")" = 0x17 ]
  done
  for address in 0x7FFE_1234_5678 address=7ffe12345678 cr2=0x7ffe_12345678; do
    run "$CR2" decode va --json "$address"
    [ "$(field "d['addr']")" = 0x7ffe12345678 ]
  done
  run "$CR2" decode error --json --addr 0x12345_003 --vma 12345000-12346000 6
  [ "$(field "d['inside'], d['mapping']['prot'], d['permitted']")" = "(True, None, None)" ]
  run "$CR2" decode regs --json --probe handle_mm_fault RSI=0x7FFE_1234_5678
  [ "$(field "d['args'][1]['value']")" = 0x7ffe12345678 ]
}

@test "error: value and meaning agree, bit by bit" {
  run "$CR2" decode error 4
  [[ $output == *"  W     0  read         the access was no store"* ]]
  [[ $output == *"  U     1  user         the access was made in user mode"* ]]
}

@test "error: a mapping elsewhere is not asked for permission" {
  run "$CR2" decode error 0x7 --addr 0x7f0000301abc --vma $MAPPING:rw-p
  [[ $output == *"permission  not asked for: the address is outside this mapping"* ]]
  [[ $output != *"the mapping allows"* ]]
}

@test "bad items: one line that names item and place, exit 2; the others are still explained" {
  run "$CR2" decode error 0x17z
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: decode error: '0x17z': not a number: hexadecimal, or binary as 0b111 or 111b" ]
  run --separate-stderr "$CR2" decode error --json < <(printf '4\nx\n7\n')
  [ "$status" -eq 2 ]
  [ "${#lines[@]}" -eq 2 ]
  [ "$stderr" = "cr2: decode error: <stdin>:2: 'x': not a number: hexadecimal, or binary as 0b111 or 111b" ]
  run "$CR2" decode va 11111111111111111
  [ "$status" -eq 2 ]
  run "$CR2" decode regs --probe do_wp_page foo=1
  [ "$status" -eq 2 ]
  [[ $output == "cr2: decode regs: 'foo=1': no such register"* ]]
}

@test "bad options: one line that says what would be right, exit 2" {
  while IFS='|' read -r arguments message; do
    # shellcheck disable=SC2086
    run "$CR2" decode $arguments
    [ "$status" -eq 2 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"$message"* ]]
  done <<'END'
error --addr zz 7|--addr 'zz': not a number
error --vma 2000-1000:rw 7|END is exclusive and must lie above START
error --vma 1000 7|expected START-END:PERMS, such as
error 0b12|not a binary number, as 0b says
error address=7|what stands before '=' is not what is decoded here
error --vma 1000-2000:abc 7|PERMS are r, w, x or -
error --vma 1234-2000:rw 7|multiples of 0x1000
pte --level ptd 1|expected pte, pmd, pud, p4d or pgd
va --levels 3 1|expected 4 or 5
vmflags --kernel six 1|expected a version, such as 6.12
regs di=1|--probe handle_mm_fault
regs --probe handle_mm_falt di=1|did you mean 'handle_mm_fault'?
regs --probe lock_vma_under_rcu --kernel 6.1 di=1|this kernel has no function
END
}
