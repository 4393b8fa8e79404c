# SPDX-License-Identifier: MIT
# cr2 run --on guest:VERSION: what is missing is named in one line.

bats_require_minimum_version 1.5.0

load guests

# Boots are dear: the one that also tells whether guests can be had here runs the catalogue. Where none
# can, the words that refuse say why.
setup_file() {
  # Where bats keeps stderr, which it knows for tests alone.
  local BATS_TEST_TMPDIR=$BATS_FILE_TMPDIR

  cd "$BATS_FILE_TMPDIR"
  echo 'map m 1 rw' >one.litmus
  make_settings
  run --separate-stderr catalogue 6.1
  echo "$status" >status
  echo "$output" >output
  ! refused || export NO_GUEST=$(refusal)
}

setup() {
  [ -z "${NO_GUEST:-}" ] || skip "$NO_GUEST"
  cd "$BATS_TEST_TMPDIR"
  cp "$BATS_FILE_TMPDIR/one.litmus" .
}

# What only a machine of one's own lets one set; each line's expectations must hold.
make_settings() {
  cat >around.litmus <<'END'
# A fault-around of 4 pages maps the 4 aligned pages around the one that is read
fault_around 4
file f 16
map m 16 r private f
read m@6 => 0x4 minor file_read map=f:6
read m@4 => none
read m@7 => none
read m@8 => 0x4
END
  cat >swap.litmus <<'END'
# What is paged out waits in the swap cache and comes back by a minor fault
swap on
map m 2 rw
write m@0..1 0x41 => 0x6 anon_alloc
advise m pageout
read m@0 => 0x4 minor swap_in value=0x41
END
  cat >noswap.litmus <<'END'
# Without swap nothing anonymous is paged out
map m 2 rw
write m@0..1 0x41
advise m pageout
read m@0..1 => none
END
  cat >huge.litmus <<'END'
# A first write to huge memory maps 2 MiB at once
thp always
map m 512 rw
write m@3 => 0x6 anon_huge map=h1
read m@511 => none
END
  cat >none.litmus <<'END'
# 2 MiB pages stay whole without permissions; what changes a part splits the one that has it
thp always
map m 1024 rw
write m@0
write m@512
protect m none
protect m@600 r
protect m rw
END
}

# catalogue VERSION [ARGUMENT...]
catalogue() {
  "$CR2" run --on "model,guest:$1" --kernel "$1" "${@:2}" "$BATS_FILE_TMPDIR"/*.litmus \
    $(find "$CR2_SOURCE/catalogue" -name '*.litmus')
}

@test "6.1: the catalogue and every setting, as the model has it" {
  output=$(cat "$BATS_FILE_TMPDIR/output")
  echo "$output"
  [ "$(cat "$BATS_FILE_TMPDIR/status")" -eq 0 ]
  [[ $(tail -n 1 "$BATS_FILE_TMPDIR/output") == *" agree"* ]]
  [[ $output != *"not allowed"* ]]
  for file in around swap noswap huge none; do
    [[ $output == *"ok       "*"/$file.litmus"* ]]
  done
}

# In one boot, with a hundred files besides.
@test "6.12, as JSON: the same, failed expectations with their line, files for later kernels skipped" {
  printf 'map m 1 rw\nwrite m 7\nread m => value=8\n' >wrong.litmus
  printf 'kernel 6.13\nmap m 1 rw\n' >later.litmus
  for i in {1..100}; do cp one.litmus "f$i.litmus"; done
  run --separate-stderr catalogue 6.12 --json ./*.litmus
  ! refused || skip "$(refusal)"
  [ "$status" -eq 1 ]
  grep -q '^{"kind":"step","file":"./wrong.litmus","target":"guest 6.12","step":2,"line":2,"proc":"parent","op":"write","at":"m@0","result":"ok",.*"evidence":"read"' <<< "$output"
  grep -q '"value":7,' <<< "$output"
  grep -q '^{"kind":"failure","file":"./wrong.litmus","target":"guest 6.12",.*"expected":"value=8","seen":"value=7"}$' <<< "$output"
  grep -q '^{"kind":"summary","file":"./later.litmus",.*"reason":"the scenario needs Linux 6.13' <<< "$output"
  [[ $stderr == *"wrong.litmus:3: guest 6.12: expected value=8, seen value=7"* ]]
  [[ $stderr == *"later.litmus: guest 6.12: the scenario needs Linux 6.13, this is 6.12"* ]]
  grep '^{"kind":"summary",.*"target":"guest 6.12"' <<< "$output" | grep -v wrong.litmus >summaries
  [ "$(wc -l <summaries)" -gt 170 ]
  run grep -v '"failures":0,"differences":0,' summaries
  [ -z "$output" ]
  for file in around swap noswap huge none f100; do
    grep "/$file.litmus" summaries | grep -q '"reason":null}$'
  done
}

# The second file is read when its guest is no more.
# bats test_tags=long
@test "a guest that dies takes one file with it; the next gets another guest" {
  mkfifo late.litmus
  "$CR2" run --on guest:6.1 one.litmus late.litmus one.litmus >out 2>err &
  pid=$!
  exec 7>late.litmus
  pkill -KILL -P $pid qemu
  echo 'map m 1 rw' >&7
  exec 7>&-
  status=0
  wait $pid || status=$?
  cat out err
  [ "$status" -eq 3 ]
  [ "$(grep -c '^ok       one.litmus$' out)" -eq 2 ]
  grep -q '^unable   late.litmus (guest 6.1: the guest died' out
}

@test "no QEMU: exit 3 and the package that has it" {
  mkdir bin
  ln -s "$(command -v sha256sum)" bin
  PATH=$PWD/bin run "$CR2" run --on guest:6.1 one.litmus
  [ "$status" -eq 3 ]
  [ "$output" = "cr2: guest:6.1: qemu-system-x86_64 is not here; on Debian: apt-get install qemu-system-x86" ] ||
    [[ $output == "cr2: guest:6.1: mke2fs is not here; on Debian: apt-get install e2fsprogs" ]]
}

@test "no package available: exit 3 and what apt says, and nothing stays in the cache" {
  mkdir bin
  printf '#!/bin/sh\n' >bin/apt-config
  printf '#!/bin/sh\necho "W: hm" >&2; echo "E: no route to host" >&2; exit 100\n' >bin/apt-get
  chmod +x bin/*
  XDG_CACHE_HOME=$PWD/cache PATH=$PWD/bin:$PATH run "$CR2" run --on guest:6.1 one.litmus
  [ "$status" -eq 3 ]
  [ "${#lines[@]}" -eq 2 ]
  [ "${lines[0]}" = "cr2: fetching kernel 6.1 of Debian 12" ]
  [ "${lines[1]}" = "cr2: guest:6.1: cannot get kernel 6.1 (Debian 12): apt-get failed: E: no route to host" ]
  [ -z "$(ls cache/cr2/guest)" ]
}

@test "a cache that cannot be made: exit 3 and the variable that moves it" {
  XDG_CACHE_HOME=/dev/null run "$CR2" run --on guest:6.12 one.litmus
  [ "$status" -eq 3 ]
  [[ $output == "cr2: guest:6.12: cannot make the cache /dev/null/cr2: "*XDG_CACHE_HOME* ]]
}

# bats test_tags=long
@test "an image by path: with its modules, beside the model of its release" {
  own 6.1
  printf 'swap on\nfile f 1\nmap m 1 rw private f\nwrite m => 0x6 map=a1\n' >two.litmus
  run --separate-stderr "$CR2" run --on guest:./6.1.image,./6.1,model --verbose one.litmus two.litmus
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"guest 6.1.0-"*"-amd64"*"model 6.1"* ]]
  [[ ${lines[-1]} == "2 files: 2 agree" ]]
  [ -z "$stderr" ]
}

@test "what is no kernel: exit 125" {
  run "$CR2" run --on guest:./one.litmus one.litmus
  [ "$status" -eq 125 ]
  [[ $output == "cr2: guest:./one.litmus: ./one.litmus is no kernel image; "*bzImage* ]]
  run "$CR2" run --on guest:./none one.litmus
  [ "$status" -eq 125 ]
  [ "$output" = "cr2: guest:./none: ./none: No such file or directory" ]
}

# bats test_tags=long
@test "a kernel that does not come far enough: exit 125, and what it lacks" {
  own 6.1
  run "$CR2" run --on guest:./6.1.image one.litmus
  [ "$status" -eq 125 ]
  [[ ${lines[0]} == *"this kernel has no virtio on PCI: it needs CONFIG_VIRTIO_PCI, built in, or as a module"* ]]
  printf 'kernel 6.13\nmap m 1 rw\n' >later.litmus
  run "$CR2" run --on guest:./6.1.image,./6.1 later.litmus
  [ "$status" -eq 125 ]
}

@test "an image without a slash: the way to name it" {
  touch bzImage
  run "$CR2" run --on guest:bzImage one.litmus
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: guest:bzImage: a kernel image is named with a slash: guest:./bzImage" ]
}

@test "guest-run: files in, output and exit code out, and a hundred words for a command" {
  for i in {1..100}; do files+=(-f "/etc/f$i=one.litmus"); done
  run --separate-stderr "$CR2_GUEST_RUN" "${files[@]}" 6.1 /cr2 run $(printf '/etc/f%d ' {1..100}) /none
  echo "$output"
  [ "$status" -eq 2 ]
  [ "$(grep -c '^ok       /etc/f' <<<"$output")" -eq 100 ]
  [ -z "$stderr" ]
}

# bats test_tags=long
@test "guest-run: a module that is none, named" {
  cp one.litmus x.ko
  run --separate-stderr "$CR2_GUEST_RUN" -m x.ko 6.1 /cr2 --version
  [ "$status" -eq 125 ]
  [[ ${stderr_lines[0]} == "guest-run: the guest could not start: /guest/"*"/x.ko: Exec format error" ]]
}
