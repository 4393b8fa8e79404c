// SPDX-License-Identifier: MIT
// Exercises, as many as one likes: made from a seed, answers checked, progress kept in this browser.
import { useMemo, useState } from 'preact/hooks';
import type { Checked, Engine, Exercise, Words } from './engine';
import { handOut, isObject, type Sheet } from './share';

const PLACE = 'cr2-progress';
/* Of each exercise, "kind seed level kernel", which parts were answered rightly, and how often it took a wrong one. */
export type Progress = Record<string, { right: string[]; wrong: number; parts: number }>;

/*
 * Where what is stored is of another make, it is put aside, so that nothing takes its place. Where nothing can be
 * stored, it is what the page remembers.
 */
function load(remembered: Progress): { progress: Progress; said: string } {
  let stored: string | null;
  try {
    stored = localStorage.getItem(PLACE);
  } catch {
    return { progress: remembered, said: '' };
  }
  try {
    const read: unknown = stored === null ? remembered : JSON.parse(stored);
    if (isProgress(read)) return { progress: read, said: '' };
  } catch {
    /* No JSON. */
  }
  return { progress: {}, said: putAside(stored!) };
}
function putAside(stored: string): string {
  try {
    let n = 1;
    while (![null, stored].includes(localStorage.getItem(`${PLACE}-${n}`))) n++;
    localStorage.setItem(`${PLACE}-${n}`, stored);
    localStorage.removeItem(PLACE);
    return `what this browser has stored as ${PLACE} is no progress of this page: it is kept as ${PLACE}-${n}`;
  } catch {
    return `what this browser has stored as ${PLACE} is no progress of this page: the next answer takes its place`;
  }
}
function save(progress: Progress): boolean {
  try {
    localStorage.setItem(PLACE, JSON.stringify(progress));
    return true;
  } catch {
    return false;
  }
}

const nameOf = (e: Pick<Exercise, 'exercise' | 'seed' | 'level' | 'kernel'>) => `${e.exercise} ${e.seed} ${e.level} ${e.kernel}`;
const isProgress = (x: unknown): x is Progress =>
  isObject(x) &&
  Object.values(x).every((v) => isObject(v) && Array.isArray(v.right) && v.right.every((key) => typeof key === 'string') && typeof v.wrong === 'number' && typeof v.parts === 'number');

function Given({ given }: { given: Exercise['given'] }) {
  return (
    <>
      {Object.entries(given).map(([key, value]) =>
        typeof value === 'string' && value.includes('\n') ? (
          <pre class="text result" tabIndex={0} aria-label={key}>{value}</pre>
        ) : (
          <p class="given"><b>{key}</b> {typeof value === 'object' ? Object.entries(value).map(([k, v]) => <code>{k}={String(v)} </code>) : <code>{String(value)}</code>}</p>
        ),
      )}
    </>
  );
}

function Part({ ask, name, checked, onAnswer }: { ask: string; name: string; checked: Checked | undefined; onAnswer: (answer: string) => void }) {
  const [answer, setAnswer] = useState('');
  const id = `answer-${name}`;
  return (
    <form class="part" onSubmit={(e) => { e.preventDefault(); if (answer.trim()) onAnswer(answer.trim()); }}>
      <label for={id}>{ask}</label>
      <input id={id} type="text" autocomplete="off" spellcheck={false} value={answer} onInput={(e) => setAnswer(e.currentTarget.value)} aria-describedby={`${id}-said`} />
      <button type="submit">Check</button>
      <span id={`${id}-said`} role="status" class={checked ? (checked.correct ? 'right' : 'wrong') : ''}>
        {checked && (checked.correct ? '✓ right' : checked.reason ? `✗ ${checked.reason}; it is ${checked.type}` : ['✗ wrong', ...checked.misconceptions].join(': '))}
      </span>
    </form>
  );
}

interface Props {
  engine: Engine;
  words: Words;
  sheet: Sheet | null;
  memory: { progress: Progress }; // of the page, while it is open
  onOpen: (text: string) => void;
}

export function Learn({ engine, words, sheet, memory, onOpen }: Props) {
  const kinds = useMemo(() => engine.exercises(), []);
  const [kind, setKind] = useState(kinds[0]!.exercise);
  const [seed, setSeed] = useState(1);
  const [level, setLevel] = useState(1);
  const [kernel, setKernel] = useState('6.18');
  const [loaded] = useState(() => load(memory.progress));
  const [progress, setProgress] = useState(loaded.progress);
  const [checks, setChecks] = useState<Record<string, Checked>>({});
  const [hints, setHints] = useState(0);
  const [solved, setSolved] = useState(false);
  const [note, setNote] = useState(loaded.said);
  const [item, setItem] = useState(sheet?.items.length ? 0 : -1); // of the sheet; -1: another exercise
  const exercise = useMemo(() => {
    const of = sheet?.items[item] ?? { exercise: kind, seed: String(seed), level, kernel };
    return engine.exercise(of.exercise, of.seed, of.level, of.kernel, true);
  }, [item, kind, seed, level, kernel]);
  const name = nameOf(exercise);
  const done = progress[name];

  const renew = (change: () => void) => {
    change();
    setChecks({});
    setHints(0);
    setSolved(false);
  };
  const keep = (next: Progress) => {
    setProgress((memory.progress = next));
    setNote(save(next) ? '' : 'this browser keeps nothing for this page: export the progress');
  };
  const answer = (key: string, given: string) => {
    const checked = engine.answer(exercise, key, given);
    const before = done ?? { right: [], wrong: 0, parts: exercise.parts.length };
    setChecks({ ...checks, [key]: checked });
    keep({
      ...progress,
      [name]: {
        parts: exercise.parts.length,
        right: checked.correct ? [...new Set([...before.right, key])] : before.right,
        wrong: before.wrong + (checked.correct || checked.reason ? 0 : 1),
      },
    });
  };
  const bring = async (file: File | undefined) => {
    try {
      const read: unknown = JSON.parse((await file?.text()) ?? '');
      if (!isProgress(read)) throw new Error();
      keep({ ...progress, ...read });
      setNote(`${Object.keys(read).length} exercises imported`);
    } catch {
      setNote('this file holds no progress of cr2');
    }
  };
  const scenario = typeof exercise.given.scenario === 'string' ? exercise.given.scenario : null;
  const all = Object.values(progress);
  const isSolved = (p: Progress[string] | undefined) => p !== undefined && p.right.length === p.parts;

  return (
    <main class="page">
      <h1>Learn</h1>
      {sheet && (
        <nav class="row" aria-label="Sheet">
          <b>{sheet.name || sheet.student}</b>
          {sheet.items.map((i, n) => (
            <button type="button" aria-current={n === item ? 'true' : undefined} aria-label={`${n + 1}. ${i.exercise}${isSolved(progress[nameOf(i)]) ? ', solved' : ''}`} onClick={() => renew(() => setItem(n))}>
              {n + 1}. {i.exercise}{isSolved(progress[nameOf(i)]) && ' ✓'}
            </button>
          ))}
          <button type="button" aria-current={item < 0 ? 'true' : undefined} onClick={() => renew(() => setItem(-1))}>Others</button>
        </nav>
      )}
      {sheet?.force && <p>And a C program, which runs on Linux alone: {sheet.force.question}. To try it: <code>{sheet.force.command} PROGRAM.c</code></p>}
      {item < 0 && <p class="row">
        <label>Exercise <select value={kind} onChange={(e) => renew(() => setKind(e.currentTarget.value))}>{kinds.map((k) => <option value={k.exercise}>{k.exercise}: {k.sentence}</option>)}</select></label>
        <label>Level <select value={level} onChange={(e) => renew(() => setLevel(Number(e.currentTarget.value)))}>{[1, 2, 3, 4, 5].map((l) => <option>{l}</option>)}</select></label>
        <label>Kernel <select value={kernel} onChange={(e) => renew(() => setKernel(e.currentTarget.value))}>{words.kernels.map((k) => <option>{k}</option>)}</select></label>
        <label>Seed <input type="number" min={0} max={999999} value={seed} onChange={(e) => renew(() => setSeed(Math.max(0, Math.min(999999, Math.floor(Number(e.currentTarget.value)) || 0))))} /></label>
        <button type="button" onClick={() => renew(() => setSeed(seed + 1))}>Another one</button>
      </p>}
      <h2>{exercise.question}</h2>
      <Given given={exercise.given} />
      {scenario && <p><button type="button" onClick={() => onOpen(scenario)}>Open it in the playground</button></p>}
      <div key={name}>
        {exercise.parts.map((part) => (
          <Part name={part.key} ask={part.ask} checked={checks[part.key]} onAnswer={(given) => answer(part.key, given)} />
        ))}
      </div>
      <p role="status">
        {done ? `${done.right.length} of ${done.parts} right, ${done.wrong} wrong answer${done.wrong === 1 ? '' : 's'} on the way` : 'not begun'}
      </p>
      <p class="row">
        <button type="button" disabled={hints >= (exercise.hints?.length ?? 0)} onClick={() => setHints(hints + 1)}>Hint</button>
        <button type="button" aria-expanded={solved} onClick={() => setSolved(!solved)}>Solution</button>
      </p>
      <div aria-live="polite">
        {hints > 0 && <ol>{exercise.hints!.slice(0, hints).map((h) => <li>{h}</li>)}</ol>}
        {solved && (
          <>
            <h3>Solution</h3>
            <ol>{exercise.solution!.map((s) => <li>{s}</li>)}</ol>
            <ul>{exercise.parts.map((p) => <li>{p.ask} <b>{String(p.answer)}</b></li>)}</ul>
          </>
        )}
      </div>
      <h2>Progress</h2>
      <p>{all.filter(isSolved).length} exercises solved, {all.length} begun. It is kept in this browser alone.</p>
      <p class="row">
        <button type="button" onClick={() => handOut('cr2-progress.json', new Blob([JSON.stringify(progress, null, 1)], { type: 'application/json' }))}>Export</button>
        <label class="button">Import <input type="file" accept="application/json,.json" onChange={(e) => void bring(e.currentTarget.files?.[0])} /></label>
        <button type="button" onClick={() => confirm('Forget all progress?') && keep({})}>Forget</button>
      </p>
      <p role="status">{note}</p>
    </main>
  );
}
