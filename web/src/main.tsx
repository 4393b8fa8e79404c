// SPDX-License-Identifier: MIT
// The page: its parts, its colours, and which scenario it begins with.
import { Component, render, type ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import scenarios from 'virtual:catalogue';
import { Catalogue } from './catalogue';
import { Decode } from './decode';
import { Engine, type Words } from './engine';
import { Learn, type Progress } from './learn';
import { dark, light } from './palette';
import { Playground } from './playground';
import { fromFragment, type Found, type Shared, type Sheet } from './share';
import './style.css';
import { Terms } from './terms';

const PARTS = ['Playground', 'Catalogue', 'Learn', 'Decode', 'Terms'] as const;
type PartName = (typeof PARTS)[number];
const THEMES = ['system', 'light', 'dark'] as const;

/* What cr2 has put into the page, as JSON: a scenario, or a sheet of exercises. */
function inside(): Shared | Sheet | null {
  const text = document.getElementById('scenario')?.textContent?.trim();
  return text ? (JSON.parse(text) as Shared | Sheet) : null;
}

function useDark(theme: string): boolean {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [system, setSystem] = useState(query.matches);
  useEffect(() => {
    const changed = () => setSystem(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return theme === 'system' ? system : theme === 'dark';
}

/* What goes wrong in one part leaves the others. */
class Part extends Component<{ name: string; of: unknown; children: ComponentChildren }, { error?: unknown }> {
  static getDerivedStateFromError = (error: unknown) => ({ error });

  componentDidUpdate(before: { of: unknown }) {
    if (before.of !== this.props.of && this.state.error !== undefined) this.setState({ error: undefined });
  }

  render() {
    const { error } = this.state;
    if (error === undefined) return this.props.children;
    return (
      <main class="page">
        <h1>{this.props.name}</h1>
        <p class="wrong" role="alert">
          This part of the page has failed, by a mistake of the page itself: {error instanceof Error ? error.message : String(error)}. The other parts go on.
        </p>
        <button type="button" onClick={() => this.setState({ error: undefined })}>Try again</button>
      </main>
    );
  }
}

interface AppProps {
  engine: Engine;
  words: Words;
  first: Shared;
  sheet: Sheet | null;
  link: Found | null;
}

function App({ engine, words, first, sheet, link }: AppProps) {
  const [part, setPart] = useState<PartName>(sheet ? 'Learn' : 'Playground');
  const [theme, setTheme] = useState<(typeof THEMES)[number]>('system');
  const [shared, setShared] = useState(first);
  const [found, setFound] = useState(link);
  const memory = useMemo<{ progress: Progress }>(() => ({ progress: {} }), []);
  const isDark = useDark(theme);
  useEffect(() => {
    document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  }, [isDark]);
  useEffect(() => {
    const changed = async () => {
      const link = await fromFragment(location.hash, words.kernels);
      if (link?.shared) open(link.shared);
      setFound(link);
    };
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);

  const open = (next: Shared) => {
    setShared(next);
    setPart('Playground');
    setFound(null);
    scrollTo(0, 0);
  };
  return (
    <>
      <header>
        <span class="name">cr2</span>
        <nav aria-label="Parts">
          {PARTS.map((name) => (
            <button type="button" aria-current={part === name ? 'page' : undefined} onClick={() => setPart(name)}>{name}</button>
          ))}
        </nav>
        <label class="theme">Colours <select value={theme} onChange={(e) => setTheme(e.currentTarget.value as typeof theme)}>{THEMES.map((t) => <option>{t}</option>)}</select></label>
      </header>
      {found?.wrong && (
        <p class="wrong broken" role="alert">
          {found.shared ? 'Not all of the link could be used' : 'The link is broken, and nothing was opened from it'}: {found.wrong}.
        </p>
      )}
      <Part key={part} name={part} of={shared}>
        {part === 'Playground' && <Playground engine={engine} words={words} palette={isDark ? dark : light} shared={shared} onChange={(s) => Object.assign(shared, s)} />}
        {part === 'Catalogue' && <Catalogue onOpen={(text) => open({ ...shared, text, at: [0, 0, 0] })} />}
        {part === 'Learn' && <Learn engine={engine} words={words} sheet={sheet} memory={memory} onOpen={(text) => open({ ...shared, text, at: [0, 0, 0] })} />}
        {part === 'Decode' && <Decode engine={engine} />}
        {part === 'Terms' && <Terms />}
      </Part>
    </>
  );
}

async function start(): Promise<void> {
  const root = document.getElementById('app')!;
  try {
    const engine = await Engine.start();
    const example = scenarios.find((s) => s.name === 'cow/child-writes') ?? scenarios[0]!;
    const held = inside();
    const sheet = held && 'items' in held ? held : null;
    const words = engine.words();
    const link = await fromFragment(location.hash, words.kernels);
    const first = link?.shared ?? (held && 'text' in held ? held : { text: example.text });
    root.textContent = '';
    render(<App engine={engine} words={words} first={first} sheet={sheet} link={link} />, root);
  } catch (error) {
    root.textContent = `cr2 cannot run in this browser: ${error instanceof Error ? error.message : String(error)}. Firefox 113, Chrome 103, Safari 16.4 and later ones can.`;
  }
}
void start();
