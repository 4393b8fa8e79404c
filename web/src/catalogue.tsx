// SPDX-License-Identifier: MIT
// The scenarios that come with cr2, by topic, each with its lesson.
import { useState } from 'preact/hooks';
import scenarios from 'virtual:catalogue';

export function Catalogue({ onOpen }: { onOpen: (text: string) => void }) {
  const [wanted, want] = useState('');
  const found = scenarios.filter((s) => `${s.name} ${s.lesson}`.toLowerCase().includes(wanted.toLowerCase()));
  const topics = [...new Set(found.map((s) => s.name.split('/')[0]!))];
  return (
    <main class="page">
      <h1>Catalogue</h1>
      <p>
        <label>Look for <input type="search" value={wanted} onInput={(e) => want(e.currentTarget.value)} /></label>{' '}
        <span role="status">{found.length} of {scenarios.length}</span>
      </p>
      {topics.map((topic) => (
        <section>
          <h2>{topic}</h2>
          <ul class="cards">
            {found.filter((s) => s.name.startsWith(`${topic}/`)).map((s) => (
              <li>
                <button type="button" class="card" onClick={() => onOpen(s.text)}>
                  <b>{s.name.slice(topic.length + 1)}</b>
                  <span>{s.lesson}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </main>
  );
}
