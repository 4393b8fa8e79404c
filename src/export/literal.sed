# SPDX-License-Identifier: MIT
# A text file as string literals of C, one a line.
s/[\\"]/\\&/g
s/^/"/
s/$/\\n"/
