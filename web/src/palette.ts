// SPDX-License-Identifier: MIT
// Colours of the pictures: those of Okabe and Ito, which the colour-blind tell apart. They stand in the SVG itself, so
// that an exported one has them; what they say, a word or a shape says too.
export interface Palette {
  paper: string;
  ink: string;
  dim: string;
  line: string;
  changed: string;
  walk: string;
  use: Record<string, { fill: string; ink: string }>;
}

export const light: Palette = {
  paper: '#ffffff',
  ink: '#1b1f24',
  dim: '#59636e',
  line: '#8c959f',
  changed: '#b3261e',
  walk: '#005f9e',
  use: {
    anon: { fill: '#a9d4f2', ink: '#0b2a3f' },
    file: { fill: '#f7d28c', ink: '#3d2a00' },
    zero: { fill: '#dfe3e8', ink: '#1b1f24' },
    swap: { fill: '#e3bcd6', ink: '#3d0f2b' },
    none: { fill: '#ffffff', ink: '#59636e' },
    table: { fill: '#bfe5d6', ink: '#06342a' },
    kernel: { fill: '#eceff2', ink: '#1b1f24' },
    free: { fill: '#ffffff', ink: '#59636e' },
    guard: { fill: '#f6c5a8', ink: '#4a1f00' },
    poison: { fill: '#e2b4d8', ink: '#43063a' },
  },
};

export const dark: Palette = {
  paper: '#12161b',
  ink: '#e6edf3',
  dim: '#9aa6b2',
  line: '#6b7682',
  changed: '#ff9d8a',
  walk: '#79c0ff',
  use: {
    anon: { fill: '#1c4f73', ink: '#e3f2fd' },
    file: { fill: '#6b4a00', ink: '#ffeccc' },
    zero: { fill: '#3a424b', ink: '#e6edf3' },
    swap: { fill: '#6b2c53', ink: '#ffe3f3' },
    none: { fill: '#12161b', ink: '#9aa6b2' },
    table: { fill: '#0f5644', ink: '#d9fff2' },
    kernel: { fill: '#2a3138', ink: '#e6edf3' },
    free: { fill: '#12161b', ink: '#9aa6b2' },
    guard: { fill: '#7a3208', ink: '#ffe6d9' },
    poison: { fill: '#6a1b5d', ink: '#ffe3f9' },
  },
};

/* The colour of a page, by its kind; where one is missing, it is the kind's own. */
const OF_KIND: Record<string, string> = { huge: 'anon', huge_zero: 'zero', nomap: 'none' };
export const useOf = (kind: string): string => OF_KIND[kind] ?? kind;
