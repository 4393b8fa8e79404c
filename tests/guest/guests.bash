# SPDX-License-Identifier: MIT
# What the tests of cr2 run --on guest have in common: `load guests`.

refused() {
  [ "$status" -eq 3 ] && [[ $(refusal) == "cr2: guest:"* ]]
}

# The line that refuses; that a kernel is fetched is said before.
refusal() {
  grep -v -m 1 '^cr2: fetching ' <<<"$stderr"
}

guest() {
  run --separate-stderr "$CR2" run --on "$@"
  ! refused || skip "$(refusal)"
}

# own VERSION: a copy of its image as ./VERSION.image, and of its modules somewhere below ./VERSION.
own() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/cr2/guest/$1

  [ -e "$cache/vmlinuz" ] || guest "guest:$1" one.litmus
  cp "$cache/vmlinuz" "$1.image"
  mkdir -p "$1/kernel/drivers"
  cp "$cache"/*.ko* "$1/kernel/drivers"
}
