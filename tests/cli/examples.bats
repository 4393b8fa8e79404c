# SPDX-License-Identifier: MIT
# The programs in examples/: they compile anywhere without a warning, and say what is so.

bats_require_minimum_version 1.5.0

setup() {
  [[ $BATS_TEST_DESCRIPTION == force-faults* ]] || return 0
  faults=$CR2_BUILD/examples/force-faults
  [ -x "$faults" ] || skip "a build for fuzzing has no examples"
}

# The line of a kind: access, minor, major, signal, error code.
row() {
  run --separate-stderr "$faults" "$1"
  [ "$status" -eq 0 ]
  read -r _ access _ minor major signal error page <<<"${lines[1]}"
  got="$access $minor $major $signal $error"
  [ "$got" = "$2" ] || { echo "$1: wanted $2, got $got"; false; }
}

@test "force-faults: faults that are settled are counted, and raise no signal" {
  row demand "write 1 0 - -"
  [[ $page == "absent -> "* ]]
  row zero "read 1 0 - -"
  row file "read 1 0 - -"
  row stack "write 1 0 - -"
  row cow "write 1 0 - -"
  row reuse "write 1 0 - -"
}

@test "force-faults: a copy is in another frame, a reused page in the same" {
  row cow "write 1 0 - -"
  [[ $page != present* ]] || skip "frames are for root to see"
  [ "${page% -> *}" != "${page#* -> }" ]
  row reuse "write 1 0 - -"
  [ "${page% -> *}" = "${page#* -> }" ]
}

@test "force-faults: faults that are refused are not counted, and the frame has their error code" {
  row protection "write 0 0 SEGV_ACCERR 0x7"
  row null "read 0 0 SEGV_MAPERR 0x4"
  row exec "execute 0 0 SEGV_ACCERR 0x15"
  row bus "read 0 0 BUS_ADRERR 0x4"
  row kernel "read 0 0 SEGV_MAPERR 0x5"
  [ "${#lines[@]}" -eq 2 ]
}

@test "force-faults: a page that is not in memory is a major fault" {
  case $(stat -f -c %T /var/tmp) in
    tmpfs | overlayfs) skip "files in /var/tmp stay in memory here" ;;
  esac
  row major "read 0 1 - -"
}

@test "force-faults: one fault for 512 pages" {
  grep -qE '\[(always|madvise)\]' /sys/kernel/mm/transparent_hugepage/enabled ||
    skip "transparent huge pages are off"
  run --separate-stderr "$faults" huge
  [[ ${lines[1]} =~ ^huge\ +write\ +0x[0-9a-f]+\ +1\ +0\ +-\ +- ]]
  [[ ${lines[2]} != *" 1 of 512 pages"* ]] || skip "no free 2 MiB just now"
  [[ ${lines[2]} == *" 512 of 512 pages are there now" ]]
}

@test "force-faults: all of them without arguments; an unknown one is exit 2" {
  run --separate-stderr "$faults"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 15 ]
  for line in "${lines[@]}"; do [ "${#line}" -le 100 ]; done
  run "$faults" nothing
  [ "$status" -eq 2 ]
}

@test "force-faults: gcc and clang compile it without a warning" {
  found=
  for cc in gcc clang; do
    command -v $cc >/dev/null || continue
    found=1
    for level in -O0 -O2; do
      run $cc $level -Wall -Wextra -Wpedantic -Werror -o "$BATS_TEST_TMPDIR/faults" \
        "$CR2_SOURCE/examples/force-faults.c"
      [ "$status" -eq 0 ]
      run "$BATS_TEST_TMPDIR/faults" null
      [[ ${lines[1]} == *SEGV_MAPERR* ]]
    done
  done
  [ -n "$found" ] || skip "neither gcc nor clang here"
}

# The library as others link it: installed, and found by pkg-config.
@test "print-faults: each fault of a scenario, by the installed library" {
  DESTDIR=$BATS_TEST_TMPDIR/root meson install -C "$CR2_BUILD" --no-rebuild --quiet
  pc=$(find "$BATS_TEST_TMPDIR/root" -name cr2.pc)
  prefix=${pc%/lib*/pkgconfig/cr2.pc}
  # shellcheck disable=SC2046
  ${CC:-cc} -Wall -Wextra -Wpedantic -Werror -o "$BATS_TEST_TMPDIR/print-faults" \
    "$prefix/share/doc/cr2/examples/print-faults.c" \
    $(PKG_CONFIG_PATH=${pc%/cr2.pc} pkg-config --define-variable=prefix="$prefix" --cflags --libs cr2)
  LD_LIBRARY_PATH=${pc%/pkgconfig/cr2.pc} run "$BATS_TEST_TMPDIR/print-faults" \
    "$prefix/share/cr2/catalogue/cow/child-writes.litmus"
  [ "$status" -eq 0 ]
  [ "${#lines[@]}" -eq 3 ]
  [ "${lines[1]}" = "step 5, line 6: error code 0x7, settled by wp_copy (wp_page_copy)" ]
  run env LD_LIBRARY_PATH="${pc%/pkgconfig/cr2.pc}" "$BATS_TEST_TMPDIR/print-faults" nowhere
  [ "$status" -eq 2 ]
}
