// SPDX-License-Identifier: MIT
// The glossary, and words that say what they mean when they are pointed at or have the focus.
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import glossary from 'virtual:glossary';

const MARGIN = 8;
const byWord = new Map(glossary.flatMap((t) => t.name.split(/[,()]\s*/).map((word) => [word.trim().toLowerCase(), t])));

/* Whole on the screen: beside its word's beginning where there is room, below it where there is none above. */
function place(tip: HTMLElement | null) {
  if (!tip) return;
  const { left, right, top } = tip.getBoundingClientRect();
  const over = Math.max(0, right + MARGIN - document.body.clientWidth);
  tip.style.left = `${Math.max(MARGIN, left - over) - left}px`;
  tip.classList.toggle('below', top < 0);
}

export function Term({ of, children }: { of: string; children?: ComponentChildren }) {
  const [shown, show] = useState(false);
  const id = useId();
  const term = byWord.get(of.toLowerCase());
  if (!term) return <>{children ?? of}</>;
  return (
    <span class="term-holder" onMouseEnter={() => show(true)} onMouseLeave={() => show(false)}>
      <button
        type="button"
        class="term"
        aria-describedby={shown ? id : undefined}
        onFocus={() => show(true)}
        onBlur={() => show(false)}
        onKeyDown={(e) => e.key === 'Escape' && show(false)}
      >
        {children ?? of}
      </button>
      {shown && (
        <span ref={place} class="tip" role="tooltip" id={id}>
          <b>{term.name}.</b> {term.text}
        </span>
      )}
    </span>
  );
}

export function Terms() {
  const groups = [...new Set(glossary.map((t) => t.group))];
  return (
    <main class="page">
      <h1>Terms</h1>
      {groups.map((group) => (
        <section>
          <h2>{group}</h2>
          <dl>
            {glossary
              .filter((t) => t.group === group)
              .map((t) => (
                <>
                  <dt>{t.name}</dt>
                  <dd>{t.text}</dd>
                </>
              ))}
          </dl>
        </section>
      ))}
    </main>
  );
}
