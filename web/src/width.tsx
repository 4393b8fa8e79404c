// SPDX-License-Identifier: MIT
// How wide things are, so that pictures and texts are made for the room that they have.
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { Kept, markup } from './markup';

/* expected: what it is likely to be, so that all is laid out once. */
export function useWidth<T extends HTMLElement>(expected = 0) {
  const ref = useRef<T>(null);
  const [width, setWidth] = useState(expected);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    observer.observe(ref.current!);
    if (!expected) setWidth(Math.floor(ref.current!.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [ref, width] as const;
}

const LEAST = 30;
const MOST = 100;
/* How many characters of a text of the C code fit into a box with such a class, which is so wide. */
export function useColumns(width: number, box: string): number {
  return useMemo(() => {
    const probe = document.createElement('div');
    probe.className = box;
    probe.style.cssText = 'position: absolute; visibility: hidden; width: max-content; overflow: scroll';
    const text = probe.appendChild(document.createElement('pre'));
    text.className = 'text';
    text.textContent = '0'.repeat(100);
    document.body.append(probe);
    const used = text.getBoundingClientRect().width;
    const columns = Math.floor((width - (probe.offsetWidth - used)) / (used / 100));
    probe.remove();
    return Math.max(LEAST, Math.min(MOST, columns));
  }, [width]);
}

/*
 * A text of the C code, a line by a line, so that those that stay are not laid out again. Where its columns are wider than
 * there is room, what is left of a line goes on below its last column.
 */
export function Lines({ text, columns }: { text: string; columns: number }) {
  const lines = text.trimEnd().split('\n').map((line) => {
    const last = Math.max(line.search(/\S/), line.search(/(?<= {2})\S(?!.* {2}\S)/), 0);
    const hang = columns < WHOLE && line.length > columns ? Math.min(last, columns - ROOM) : 0;
    return markup`<span ${hang > 0 && markup`style="padding-left: ${hang}ch; text-indent: ${-hang}ch"`}>${`${line}\n`}</span>`;
  });
  return <Kept tag="span" name="lines" of={lines} />;
}
const WHOLE = 60; // the C code's texts fit
const ROOM = 14;
