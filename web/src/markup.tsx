// SPDX-License-Identifier: MIT
// Long rows of elements, shapes of a picture or lines of a text, as markup: a browser makes elements of a text much faster
// than a script makes one after another, and those whose text is the same as before are not touched.
import { useLayoutEffect, useRef } from 'preact/hooks';

/** Markup, in which nothing is left to be escaped. */
export class Markup {
  constructor(readonly text: string) {}
}
type Value = string | number | Markup | false;

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(value: Value): string {
  if (value === false) return '';
  if (value instanceof Markup) return value.text;
  return String(value).replace(/[&<>"]/g, (c) => ENTITIES[c]!);
}

/** Markup as it stands there; what is put into it is text or an attribute's value, or is markup itself. */
export function markup({ raw }: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(values.reduce<string>((text, value, i) => text + escaped(value) + raw[i + 1], raw[0]!));
}

/*
 * Elements take the place of others: those whose markup is another one, where there are as many as before, else all from
 * the first to the last of those.
 */
function replace(group: Element, before: string[], now: string[]) {
  let [head, tail] = [0, 0];
  const least = Math.min(before.length, now.length);
  while (head < least && before[head] === now[head]) head++;
  while (tail < least - head && before[before.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const middle = now.slice(head, now.length - tail);
  const old = [...group.children].slice(head, before.length - tail);
  const kept = middle.length === old.length ? middle.map((text, i) => text === before[head + i]) : [];
  const made = group.cloneNode() as Element;
  made.innerHTML = middle.filter((_, i) => !kept[i]).join('');
  if (kept.length) old.forEach((e, i) => kept[i] || e.replaceWith(made.firstElementChild!));
  else {
    old.forEach((e) => e.remove());
    const next = group.children[head] ?? null;
    while (made.firstElementChild) group.insertBefore(made.firstElementChild, next);
  }
}

/** An element that holds those, each the markup of one, later ones above. */
export function Kept({ of, tag: Tag, name }: { of: Markup[]; tag: 'g' | 'span'; name: string }) {
  const holder = useRef<Element>(null);
  const drawn = useRef<string[]>([]);
  useLayoutEffect(() => {
    const now = of.map((one) => one.text);
    replace(holder.current!, drawn.current, now);
    drawn.current = now;
  });
  return <Tag ref={holder as never} class={name} />;
}
