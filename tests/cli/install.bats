# SPDX-License-Identifier: MIT
# What `make install` leaves, used as another project would use it.

bats_require_minimum_version 1.5.0

setup_file() {
  # The build folder itself stays as it is: meson only copies out of it.
  export ROOT=$BATS_FILE_TMPDIR/root
  DESTDIR=$ROOT meson install -C "$CR2_BUILD" --no-rebuild --quiet
  CR2_PC=$(find "$ROOT" -name cr2.pc)
  # All of it lies under $ROOT; what it stands on lies where it always does.
  export PREFIX=${CR2_PC%/lib*/pkgconfig/cr2.pc}
  export LIBDIR=${CR2_PC%/pkgconfig/cr2.pc}
  export PKG_CONFIG_PATH=$LIBDIR/pkgconfig
  cat >"$BATS_FILE_TMPDIR/program.c" <<'END'
#include <stdio.h>

#include <cr2/litmus.h>
#include <cr2/model.h>
#include <cr2/view.h>

int main(void)
{
	printf("%s settles %d\n", cr2_path_function(CR2_PATH_ANON_ZERO), cr2_path_parse("anon_zero"));
	return 0;
}
END
}

pc() {
  pkg-config --define-variable=prefix="$PREFIX" "$@" cr2
}

compile() {
  # shellcheck disable=SC2086
  ${CC:-cc} -std=c11 -Wall -Wextra -Werror "$BATS_FILE_TMPDIR/program.c" -o "$BATS_TEST_TMPDIR/program" "$@"
}

@test "the installed program runs from where it is" {
  # Under /usr it has no run path: the system's loader looks there.
  if [[ $PREFIX == */usr ]]; then export LD_LIBRARY_PATH=$LIBDIR; fi
  run "$PREFIX/bin/cr2" --version
  [ "$status" -eq 0 ]
  [ "$output" = "$("$CR2" --version)" ]
}

@test "a program compiles with pkg-config and runs with the shared library" {
  # shellcheck disable=SC2046
  compile $(pc --cflags --libs)
  readelf -d "$BATS_TEST_TMPDIR/program" | grep -F 'libcr2.so.0'
  LD_LIBRARY_PATH=$LIBDIR run "$BATS_TEST_TMPDIR/program"
  [ "$status" -eq 0 ]
  [[ $output == "do_anonymous_page settles "* ]]
}

@test "a program compiles with pkg-config --static and needs no libcr2" {
  # shellcheck disable=SC2046
  compile -static $(pc --static --cflags --libs) -Wl,--no-warnings
  run readelf -d "$BATS_TEST_TMPDIR/program"
  [[ $output != *NEEDED* ]]
  run "$BATS_TEST_TMPDIR/program"
  [ "$status" -eq 0 ]
  [[ $output == "do_anonymous_page settles "* ]]
}

@test "the static library brings no name that a program may have for itself" {
  run bash -c "nm -g --defined-only '$LIBDIR/libcr2.a' | awk 'NF == 3 && \$3 !~ /^cr2_/'"
  [ -z "$output" ]
}

# bats test_tags=long
@test "every header compiles on its own, as C and as what it includes says" {
  for header in "$PREFIX"/include/cr2/*.h; do
    # shellcheck disable=SC2046
    echo "#include <cr2/$(basename "$header")>" |
      ${CC:-cc} -std=c11 -Wall -Wextra -Werror -pedantic -fsyntax-only $(pc --cflags) -x c -
  done
}

@test "a C++ program compiles with every header, and links" {
  command -v "${CXX:-c++}" >/dev/null || skip "no C++ compiler here"
  {
    for header in "$PREFIX"/include/cr2/*.h; do echo "#include <cr2/$(basename "$header")>"; done
    echo 'int main() { cr2_model_config c; cr2_model_config_init(&c, CR2_PROFILE_6_18); return c.levels != 4; }'
  } >"$BATS_TEST_TMPDIR/program.cc"
  # shellcheck disable=SC2046
  ${CXX:-c++} -std=c++17 -Wall -Wextra -Werror -pedantic "$BATS_TEST_TMPDIR/program.cc" \
    -o "$BATS_TEST_TMPDIR/cxx" $(pc --cflags --libs)
  LD_LIBRARY_PATH=$LIBDIR "$BATS_TEST_TMPDIR/cxx"
}

@test "the library exports cr2_ functions and nothing else" {
  run bash -c "nm -D --defined-only '$LIBDIR/libcr2.so.0' | grep -v ' cr2_' | grep -v ' A CR2_0'"
  [ -z "$output" ]
}

@test "cr2-static needs no library and says the same version" {
  [ -x "$PREFIX/bin/cr2-static" ] || skip "not built: -Dstatic=enabled builds it"
  run readelf -d "$PREFIX/bin/cr2-static"
  [[ $output != *NEEDED* ]]
  run "$PREFIX/bin/cr2-static" --version
  [ "$output" = "$("$CR2" --version)" ]
}

@test "the installed program finds the installed catalogue, from any folder" {
  if [[ $PREFIX == */usr ]]; then export LD_LIBRARY_PATH=$LIBDIR; fi
  cd "$BATS_TEST_TMPDIR"
  run "$PREFIX/bin/cr2" run cow/child-writes
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "$PREFIX/share/cr2/catalogue/cow/child-writes.litmus" ]]
}

@test "the installed program finds the installed page, where one was built" {
  if [[ $PREFIX == */usr ]]; then export LD_LIBRARY_PATH=$LIBDIR; fi
  cd "$BATS_TEST_TMPDIR"
  echo '<html><script id="scenario"></script>' >page
  MESON_INSTALL_DESTDIR_PREFIX=$PWD/no "$CR2_SOURCE/scripts/install-page" share/cr2 "$PWD/none"
  [ ! -e no ]
  MESON_INSTALL_DESTDIR_PREFIX=$PREFIX "$CR2_SOURCE/scripts/install-page" share/cr2 "$PWD/none" "$PWD/page"
  for command in step run; do
    "$PREFIX/bin/cr2" $command cow/child-writes --html $command.html
    grep -q 'id="scenario">{"text":"# ' $command.html
  done
}

@test "every command has a manual page that man shows without a warning" {
  commands=$("$CR2" help --list)
  [[ $commands == *run*decode*force* ]]
  for page in cr2 ${commands//$'\n'/ }; do
    file=$PREFIX/share/man/man1/cr2${page#cr2}.1
    [[ $page == cr2 ]] || file=$PREFIX/share/man/man1/cr2-$page.1
    [ -s "$file" ]
    command -v groff >/dev/null || continue
    run groff -man -Tutf8 -ww -z "$file"
    [ -z "$output" ]
  done
  grep -q 'explain' "$PREFIX/share/man/man1/cr2-run.1"
}

@test "completions are there, and shells can read them" {
  share=$PREFIX/share
  bash -n "$share/bash-completion/completions/cr2"
  run bash -c "source '$share/bash-completion/completions/cr2'; COMP_WORDS=(cr2 decode pte --le); COMP_CWORD=3; _cr2; printf '%s\n' \"\${COMPREPLY[@]}\""
  [[ $output == *"--level="*"--levels="* ]]
  run bash -c "source '$share/bash-completion/completions/cr2'; COMP_WORDS=(cr2 de); COMP_CWORD=1; _cr2; printf '%s\n' \"\${COMPREPLY[@]}\""
  [ "$output" = decode ]
  if command -v zsh >/dev/null; then
    zsh -fc 'fpath=("$1" $fpath) && autoload -Uz compinit && compinit -D && [[ $_comps[cr2] == _cr2 ]]' \
      zsh "$share/zsh/site-functions"
  fi
  if command -v fish >/dev/null; then
    fish -n "$share/fish/vendor_completions.d/cr2.fish"
    PATH=$PREFIX/bin:$PATH HOME=$PWD XDG_DATA_DIRS=$share fish -c 'complete -C "cr2 deco"' | grep -q '^decode'
  fi
  [ -s "$share/zsh/site-functions/_cr2" ]
  [ -s "$share/fish/vendor_completions.d/cr2.fish" ]
}

@test "documents, examples and kernel modules are installed" {
  for file in doc/cr2/LITMUS.md doc/cr2/README.md doc/cr2/examples/force-faults.c cr2/kmod/fault_trace.c; do
    [ -s "$PREFIX/share/$file" ]
  done
}
