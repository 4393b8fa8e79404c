#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Sheets in the formats of other programs: sheets/ has schemas, and the rules that schemas cannot say.

setup() {
  cd "$BATS_TEST_TMPDIR"
  run "$CR2" learn sheet --seed s --format html
  [[ $output != *"built without Mini-XML"* ]] || skip "$output"
  check=$CR2_SOURCE/tests/cli/sheets/check-sheets
}

# The seed of a student's sheet, under the secret geheim.
student() {
  python3 -c 'import hashlib, hmac, sys
print(int.from_bytes(hmac.digest(b"geheim", sys.argv[1].encode(), "sha256")[:8], "big") & 2**63 - 1)' "$1"
}

# One sheet in all formats of programs.
write_all() {
  "$CR2" learn sheet --seed geheim "$@" --format moodle >sheet.xml
  "$CR2" learn sheet --seed geheim "$@" --format qti12 >qti12.zip
  "$CR2" learn sheet --seed geheim "$@" --format qti21 >qti21.zip
}

has_xmllint() {
  command -v xmllint >/dev/null || skip "no xmllint here: libxml2-utils has it"
}

# bats test_tags=once
@test "html: a page that prints, its key apart; no answer is in the page" {
  has_xmllint
  printf 'ada,Ada <Lovelace> & more\nalan\n' >roster
  "$CR2" learn sheet --seed geheim --count 9 --level 2 --exercises bits,vma,cow,walk,probe,predict,count,chain,trace --format html --roster roster -o out
  [ "$(ls out out/key | tr '\n' ' ')" = "out: ada.html alan.html key  out/key: ada.html alan.html key.json " ]
  [ "$(stat -c %a out/key/ada.html)" = 600 ]
  xmllint --noout out/*.html out/key/*.html
  grep -q 'Name: Ada &lt;Lovelace&gt; &amp; more' out/ada.html
  # It fetches nothing, and is black on white on any paper.
  run grep -iE 'src=|href=|url\(|@import|<script|size:.*(a4|letter)' out/ada.html
  [ "$status" -eq 1 ]
  grep -q '@page' out/ada.html
  grep -q 'background: #fff; color: #000' out/ada.html
  run cmp -s out/ada.html out/alan.html
  [ "$status" -eq 1 ]
  python3 - out/ada.html out/key/ada.html <<'END'
import re, sys
sheet, key = (open(name).read() for name in sys.argv[1:])
asked = re.findall(r"<td><code>(\w+)</code> = (.*?)</td>", sheet)
answers = re.findall(r"<td><code>(\w+)</code> = (.*?)</td>", key)
assert len(asked) > 40 and [name for name, _ in asked] == [name for name, _ in answers]
assert not any(answer for _, answer in asked) and all(answer for _, answer in answers)
assert "<ol>" in key and "<ol>" not in sheet and len(re.findall("<section", sheet)) == 9
END
  # Who else is on the roster changes nothing.
  echo 'ada,Ada <Lovelace> & more' >roster
  "$CR2" learn sheet --seed geheim --count 9 --level 2 --exercises bits,vma,cow,walk,probe,predict,count,chain,trace --format html --roster roster -o again
  cmp out/ada.html again/ada.html
}

# bats test_tags=once
@test "moodle, qti12, qti21: valid, by the programs' rules, with the same answers, which cr2 takes" {
  has_xmllint
  write_all --count 9 --level 3 --exercises bits,vma,cow,walk,probe,predict,count,chain,trace
  "$check" .
  write_all --count 2 --level 2 --exercises vma,predict
  "$check" . "$CR2" "$(student sheet)" 2 vma,predict
  # What the check is worth.
  sed -i 's/~%0%\*#[^}]*}/}/' sheet.xml
  run "$check" .
  [ "$status" -eq 1 ]
  [[ $output == *"no catch-all"* ]]
}

# bats test_tags=once
@test "what holds answers is a key's; the same student's is the same to the byte" {
  printf 'ada,Ada Lovelace\nalan.t@x.org\n' >roster
  for format in moodle qti12 qti21; do
    "$CR2" learn sheet --seed geheim --count 3 --exercises bits,vma,cow --format $format --roster roster -o out
    echo 'ada,Ada Lovelace' >one
    "$CR2" learn sheet --seed geheim --count 3 --exercises bits,vma,cow --format $format --roster one -o again-$format
    cmp out/key/ada.* again-$format/key/ada.*
    [ "$(ls out)" = key ]
    [ "$(ls out/key | wc -l)" = 3 ]
    [ "$(stat -c %a out/key/ada.*)" = 600 ]
    rm -r out
  done
}

# bats test_tags=once
@test "an unknown format is told with what there is" {
  run "$CR2" learn sheet --seed s --format moodel
  [ "$status" -eq 2 ]
  [ "$output" = "cr2: unknown format 'moodel'; did you mean 'moodle'?" ]
}

# bats test_tags=long
@test "all answers of all kinds, and those of all misconceptions, in cr2's own check" {
  has_xmllint
  kinds=bits,vma,cow,walk,probe,predict,count,chain,trace
  for level in 1 4; do
    write_all --count 9 --level $level --exercises $kinds
    "$check" . "$CR2" "$(student sheet)" $level $kinds
  done
}

# bats test_tags=long
@test "html: the browser prints it on A4 and Letter" {
  command -v chromium >/dev/null || skip "no chromium here"
  command -v pdftotext >/dev/null || skip "no pdftotext here: poppler-utils has it"
  "$CR2" learn sheet --seed geheim --count 6 --exercises bits,vma,cow,walk,probe,predict --format html >letter.html
  sed 's/@page {/@page { size: A4;/' letter.html >a4.html
  for paper in letter a4; do
    HOME=$PWD chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf=$paper.pdf "file://$PWD/$paper.html" 2>/dev/null
    pdfinfo $paper.pdf | grep -qi "^Page size:.*($paper)"
    # Each exercise's heading and its last line of an answer are on one page.
    pdftotext -layout $paper.pdf - | python3 -c '
import re, sys
pages = sys.stdin.read().split("\f")
headings = [re.findall(r"^\s*(\d+)\. \w+$", page, re.M) for page in pages]
assert sum(headings, []) == [str(i) for i in range(1, 7)], headings
assert all(re.search(r"\w+ =", page) for page, found in zip(pages, headings) if found)'
  done
}
