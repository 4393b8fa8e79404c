# SPDX-License-Identifier: MIT
# docs/recipes.md: each recipe's commands are taken from there and run, and what they print is what the recipe reads.

bats_require_minimum_version 1.5.0

load tracing

# Once for all: what it takes is what keeps it from being told.
setup_file() {
  timeout 60 "$CR2" stat true 2>"$BATS_FILE_TMPDIR/err" || true
  UNABLE=$(grep -m 1 'missing here' "$BATS_FILE_TMPDIR/err" || true)
  export UNABLE
}

# The commands of the recipe of that title, a line each; those that go on have ">" before the next line.
commands() {
  awk -v title="## $1" '
    /^## / {here = $0 == title; next}
    here && /^    \$ / {sub(/^    \$ /, ""); print; next}
    here && /^    > / {sub(/^    > /, ""); print}' "$CR2_SOURCE/docs/recipes.md"
}

# recipe TITLE PATTERN...: what the commands print has all the patterns, blanks as one. Programs that are not here: skipped.
recipe() {
  local pattern
  commands "$1" >commands
  [ -s commands ]
  [ -z "$UNABLE" ] || skip "$UNABLE"
  {
    # shellcheck disable=SC2016
    echo 'set -e; export PATH="/usr/sbin:$PATH"; sudo() { "$@"; }; cr2() { command "$CR2" "$@"; }'
    cat commands
  } >script
  # Which touches what it allocates, and so takes the faults of others.
  run env -u MALLOC_PERTURB_ timeout -k 5 60 bash script
  echo "$output"
  [ "$status" -eq "${recipe_ends:-0}" ]
  for pattern in "${@:2}"; do
    [[ $(tr -s ' \n' ' ' <<<"$output") =~ $pattern ]]
  done
}

need() {
  local program
  for program in "$@"; do command -v "$program" >/dev/null || skip "no $program here"; done
}

# Of a recipe that this file forgot.
@test "each recipe is run" {
  grep '^## ' "$CR2_SOURCE/docs/recipes.md" | cut -c 4- | while read -r title; do
    grep -qF "recipe \"$title\"" "$BATS_TEST_FILENAME" || { echo "$title"; exit 1; }
  done
}

# bats test_tags=once
@test "redis" {
  need redis-server redis-cli redis-benchmark
  recipe "Does fork hurt my redis?" ' wp_copy [0-9]+ ' ' copied' 'nothing lost'
}

# bats test_tags=once
@test "huge pages" {
  need python3
  ! grep -q '\[never\]' /sys/kernel/mm/transparent_hugepage/enabled || skip "transparent huge pages are off"
  recipe "What do transparent huge pages do for me?" ' anon_alloc [3-9][0-9]{3} .* anon_huge [0-9] '
}

# bats test_tags=once
@test "start-up" {
  need python3
  recipe "Why is start-up slow?" 'path > mapping' ' (wp_copy|file_cow|file_read) .* file '
}

# bats test_tags=once
@test "populate" {
  need python3
  recipe "To populate or not?" ' recorded \+ 4[0-9]{3} by reference only'
}

# bats test_tags=once
@test "fork" {
  need python3
  recipe "Who dirties pages after fork?" ' [0-9]{3,} ' ' 0 lost'
}

# bats test_tags=once
@test "allocator" {
  need python3
  recipe "What does this allocator cost?" ' \+1[0-9]{4} .* anon_alloc'
}

# bats test_tags=once
@test "SIGBUS" {
  need python3
  recipe_ends=135 recipe "Why did this process get SIGBUS?" 'sigbus 0x4 0x[0-9a-f]+ short\+0x1388 .* signal 7 '
}

# bats test_tags=once
@test "dd" {
  need dd
  recipe "Where do dd's faults come from?" ' anon_alloc anon 2[0-9]{2} ' ' 2[56][0-9] in kernel mode'
}
