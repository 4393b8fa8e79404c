// SPDX-License-Identifier: MIT
// The scenario's text: the language's words coloured and completed as the module names them, mistakes underlined as its
// parser gives them, the line of the step marked.
import { autocompletion, closeBrackets, type CompletionContext } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState, type Text } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Mistake, Words } from './engine';

function language(words: Words) {
  const sets: [string, Set<string>][] = [
    ['keyword', new Set(words.operations)],
    ['typeName', new Set([...words.paths, ...words.results])],
    ['atom', new Set([...words.advice, ...words.others.map((o) => o.word)])],
  ];
  return StreamLanguage.define({
    token(stream) {
      if (stream.eatSpace()) return null;
      if (stream.match(/^#.*/)) return 'comment';
      if (stream.match('=>')) return 'operator';
      if (stream.match(/^(0x[0-9a-fA-F]+|\d+)\b/)) return 'number';
      const word = stream.match(/^[A-Za-z_][A-Za-z0-9_]*:?/) as RegExpMatchArray | null;
      if (!word) {
        stream.next();
        return null;
      }
      if (word[0].endsWith(':')) return 'labelName';
      return sets.find(([, set]) => set.has(word[0]))?.[0] ?? 'variableName';
    },
    languageData: { commentTokens: { line: '#' } },
  });
}

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: 'var(--code-keyword)', fontWeight: '600' },
  { tag: tags.typeName, color: 'var(--code-type)' },
  { tag: tags.atom, color: 'var(--code-atom)' },
  { tag: tags.number, color: 'var(--code-number)' },
  { tag: tags.comment, color: 'var(--dim)', fontStyle: 'italic' },
  { tag: tags.labelName, color: 'var(--code-label)' },
]);

/* Words of the language, and all that the text names. */
function completion(words: Words) {
  const fixed = [
    ...words.operations.map((label) => ({ label, type: 'keyword', detail: 'operation' })),
    ...words.paths.map((label) => ({ label, type: 'type', detail: 'fault path' })),
    ...words.results.map((label) => ({ label, type: 'type', detail: 'result' })),
    ...words.advice.map((label) => ({ label, type: 'constant', detail: 'advice' })),
    ...words.others.map(({ word, behind }) => ({ label: word, type: 'constant', detail: behind ? `behind ${behind}` : 'setting' })),
  ];
  return (context: CompletionContext) => {
    const word = context.matchBefore(/\w+/);
    if (!word && !context.explicit) return null;
    const known = new Set(fixed.map((o) => o.label));
    const named = [...new Set(context.state.doc.toString().replace(/#.*/g, '').match(/\b[a-z][a-z0-9_]*\b/g) ?? [])]
      .filter((label) => !known.has(label) && label !== word?.text)
      .map((label) => ({ label, type: 'variable', detail: 'of this scenario' }));
    return { from: word?.from ?? context.pos, options: [...named, ...fixed], validFor: /^\w*$/ };
  };
}

/* Columns are bytes. */
function place(doc: Text, m: Mistake): { from: number; to: number } {
  const line = doc.line(Math.min(Math.max(m.line, 1), doc.lines));
  if (!m.column) return { from: line.from, to: line.to };
  const bytes = new TextEncoder().encode(line.text);
  const chars = (n: number) => new TextDecoder().decode(bytes.slice(0, n)).length;
  const from = line.from + chars(m.column - 1);
  return { from: Math.min(from, line.to), to: Math.min(line.from + chars(m.column - 1 + Math.max(m.width, 1)), line.to) };
}

/*
 * The line of the step has a bar behind it, which stands in the editor but is none of its marks: to go from one step to
 * the next is to move that alone. It costs a tenth of a change to the editor, which asks for the layout each time.
 */
class Bar {
  private readonly bar = document.createElement('div');
  private line: number | null = null;
  private shown = { top: 0, height: 0 }; // of the text, in pixels

  constructor(private readonly editor: EditorView) {
    this.bar.className = 'cm-here';
    this.bar.hidden = true;
    editor.scrollDOM.prepend(this.bar);
    editor.scrollDOM.addEventListener('scroll', () => (this.shown.top = editor.scrollDOM.scrollTop));
    new ResizeObserver(([entry]) => (this.shown.height = entry!.contentRect.height)).observe(editor.scrollDOM);
  }

  /* Where the text has changed, or its size. */
  place(): void {
    const { doc } = this.editor.state;
    this.bar.hidden = !this.line || this.line > doc.lines;
    if (this.bar.hidden) return;
    const { top, height } = this.editor.lineBlockAt(doc.line(this.line!).from);
    this.bar.style.transform = `translateY(${top + this.editor.documentPadding.top}px)`;
    this.bar.style.height = `${height}px`;
  }

  go(line: number | null): void {
    this.line = line;
    this.place();
    if (this.bar.hidden || this.editor.hasFocus) return;
    const { from } = this.editor.state.doc.line(line!);
    const { top, bottom } = this.editor.lineBlockAt(from);
    if (top < this.shown.top || bottom > this.shown.top + this.shown.height)
      this.editor.dispatch({ effects: EditorView.scrollIntoView(from, { y: 'nearest' }) });
  }
}

interface Props {
  given: { text: string }; // another one takes the place of what was typed, even of the same text
  words: Words;
  mistakes: Mistake[];
  line: number | null;
  onChange: (text: string) => void;
}

export function Editor({ given, words, mistakes, line, onChange }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const bar = useRef<Bar | null>(null);
  const changed = useRef(onChange);
  changed.current = onChange;

  useEffect(() => {
    const editor = new EditorView({
      parent: holder.current!,
      state: EditorState.create({
        doc: given.text,
        extensions: [
          lineNumbers(),
          history(),
          closeBrackets(),
          lintGutter(),
          language(words),
          syntaxHighlighting(colours),
          // Enter ends a line; what is offered is taken after an arrow key.
          autocompletion({ override: [completion(words)], selectOnOpen: false }),
          keymap.of([...defaultKeymap, ...historyKeymap]),
          EditorView.contentAttributes.of({ 'aria-label': 'Scenario', tabindex: '0', 'aria-describedby': 'editor-help' }),
          EditorView.updateListener.of((u) => {
            if (u.docChanged) changed.current(u.state.doc.toString());
            if (u.geometryChanged) bar.current?.place();
          }),
        ],
      }),
    });
    view.current = editor;
    bar.current = new Bar(editor);
    return () => editor.destroy();
  }, []);

  useEffect(() => {
    const editor = view.current!;
    if (editor.state.doc.toString() !== given.text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: given.text } });
  }, [given]);

  useEffect(() => {
    const editor = view.current!;
    const diagnostics: Diagnostic[] = mistakes.map((m) => ({
      ...place(editor.state.doc, m),
      severity: 'error',
      message: m.hint ? `${m.message}\n${m.hint}` : m.message,
    }));
    editor.dispatch(setDiagnostics(editor.state, diagnostics.sort((a, b) => a.from - b.from)));
  }, [mistakes]);

  useEffect(() => bar.current!.go(line), [given]);
  useLayoutEffect(() => bar.current?.go(line), [line]);

  return <div class="editor" ref={holder} />;
}
