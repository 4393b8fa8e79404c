# SPDX-License-Identifier: MIT
# git bisect with cr2 run --on guest:IMAGE.

bats_require_minimum_version 1.5.0

load guests

setup() {
  cd "$BATS_TEST_TMPDIR"
  echo 'map m 1 rw' >one.litmus
}

# The recipe of docs/GUEST.md; instead of a build, each commit names an image.
@test "git bisect run finds the commit, past one that does not boot" {
  command -v git >/dev/null || skip "git is not here"
  own 6.1
  own 6.12
  echo none >broken.image
  printf 'map m 3 rw\nunmap m@1\nadvise m populate_write\nread m@2 => none\n' >fault.litmus
  mkdir tree
  cd tree
  git init -q .
  for version in 6.1 6.1 broken 6.1 6.12 6.12; do
    echo "$version" >version
    date +%N >>version
    git add version
    git -c user.name=x -c user.email=x commit -qm "$version"
  done
  wanted=$(git rev-parse HEAD~1)
  git bisect start HEAD HEAD~5
  run git bisect run sh -c 'v=$(head -n 1 version)
    "$CR2" run --on guest:../$v.image,../$v ../fault.litmus'
  echo "$output"
  [ "$status" -eq 0 ]
  [[ $output == *"$wanted is the first bad commit"* ]]
}
