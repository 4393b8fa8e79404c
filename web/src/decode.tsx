// SPDX-License-Identifier: MIT
// Values and logs, explained: cr2 decode.
import { useState } from 'preact/hooks';
import type { Engine } from './engine';
import { Lines, useColumns, useWidth } from './width';

const SEGFAULT =
  'prog[1234]: segfault at 10 ip 0000555555555136 sp 00007fffffffe0a0 error 4 in prog[555555555000+1000] likely on CPU 1 (core 1, socket 0)';
const KINDS = [
  ['error', 'Error code', '0x7'],
  ['pte', 'Page-table entry', '0x8400000000017025'],
  ['va', 'Address', '0x7ffe12345678'],
  ['vm', 'vm_flags', '0x100073'],
  ['fault', 'Fault flags', '0x1255'],
  ['vmfault', 'vm_fault_t', '0x4'],
  ['regs', 'Registers at a probe', 'di=0xffff888103a5b6c8 si=0x7f0000200000 dx=0x1255 cx=0xffffc90000e3bf58'],
  ['log', 'Kernel log', SEGFAULT],
] as const;
type Kind = (typeof KINDS)[number][0];

export function Decode({ engine }: { engine: Engine }) {
  const [kind, setKind] = useState<Kind>('error');
  const [items, setItems] = useState<Record<string, string>>(Object.fromEntries(KINDS.map(([k, , item]) => [k, item])));
  const [address, setAddress] = useState('');
  const [mapping, setMapping] = useState('');
  const [level, setLevel] = useState('pte');
  const [levels, setLevels] = useState(4);
  const [kernel, setKernel] = useState('');
  const [probed, setProbed] = useState('handle_mm_fault');
  const item = items[kind]!;
  const [ref, room] = useWidth<HTMLDivElement>();
  const width = useColumns(room, 'result');

  const explain = () => {
    const value = item.trim();
    if (!value) return { text: '', wrong: false };
    switch (kind) {
      case 'error': return engine.decodeError(value, address.trim(), mapping.trim(), width);
      case 'pte': return engine.decodeEntry(value, level, levels, kernel.trim(), width);
      case 'va': return engine.decodeAddress(value, levels, width);
      case 'regs': return engine.decodeRegisters(probed.trim(), value, kernel.trim(), width);
      case 'log': return engine.decodeLog(item, width);
      default: return engine.decodeFlags(kind, value, kernel.trim(), width);
    }
  };
  const { text, wrong } = explain();
  const field = (label: string, value: string, set: (v: string) => void, hint: string) => (
    <label>{label} <input type="text" value={value} placeholder={hint} onInput={(e) => set(e.currentTarget.value)} /></label>
  );
  const set = (v: string) => setItems({ ...items, [kind]: v });

  return (
    <main class="page">
      <h1>Decode</h1>
      <fieldset class="row">
        <legend>What is it?</legend>
        {KINDS.map(([k, name]) => (
          <label class="choice"><input type="radio" name="kind" checked={kind === k} onChange={() => setKind(k)} /> {name}</label>
        ))}
      </fieldset>
      <p class="row">
        {kind === 'log' ? (
          <label class="wide">Lines of a kernel log <textarea rows={6} value={item} onInput={(e) => set(e.currentTarget.value)} /></label>
        ) : (
          <label class="wide">Value <input type="text" value={item} onInput={(e) => set(e.currentTarget.value)} /></label>
        )}
      </p>
      <p class="row">
        {kind === 'error' && field('Address (CR2)', address, setAddress, '0x7f0000200010')}
        {kind === 'error' && field('Mapping', mapping, setMapping, '7f0000200000-7f0000204000:rw-p')}
        {kind === 'pte' && (
          <label>Level <select value={level} onChange={(e) => setLevel(e.currentTarget.value)}>
            {['pte', 'pmd', 'pud', 'p4d', 'pgd'].map((l) => <option>{l}</option>)}
          </select></label>
        )}
        {(kind === 'pte' || kind === 'va') && (
          <label>Levels <select value={levels} onChange={(e) => setLevels(Number(e.currentTarget.value))}><option>4</option><option>5</option></select></label>
        )}
        {kind === 'regs' && field('Function', probed, setProbed, 'handle_mm_fault')}
        {['pte', 'vm', 'fault', 'vmfault', 'regs'].includes(kind) && field('Kernel', kernel, setKernel, 'the newest')}
      </p>
      <div ref={ref} />
      {wrong ? <p class="wrong" role="status">{text}</p> : <pre class="text result fitted" role="status" tabIndex={0}><Lines text={text.trimEnd()} columns={width} /></pre>}
      {kind === 'log' && <p class="dim">A browser has no object files and no disassembler: <code>cr2 decode log</code> names functions, lines and instructions too.</p>}
    </main>
  );
}
