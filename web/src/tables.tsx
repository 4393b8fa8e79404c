// SPDX-License-Identifier: MIT
// A scene in words: for those who do not see the picture, and to be copied.
import type { Scene } from './engine';

/* What is not in a table. */
function More({ n, of }: { n: number | undefined; of: string }) {
  return n ? <tr><td colSpan={6}>… {n} more {of}</td></tr> : null;
}

const times = (n: number) => (n > 1 ? ` ×${n}` : '');

export function Tables({ scene, title }: { scene: Scene; title: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`The scene as tables, ${title}`}>
      {scene.processes.map((p) => (
        <table>
          <caption>Pages of {p.proc}</caption>
          <thead>
            <tr><th scope="col">mapping</th><th scope="col">address</th><th scope="col">page</th><th scope="col">frame</th><th scope="col">entry</th></tr>
          </thead>
          <tbody>
            {p.mappings.flatMap((m) =>
              m.pages.map((row) => (
                <tr>
                  <td>{p.places.find((at) => BigInt(at.start) >= BigInt(m.start) && BigInt(at.start) < BigInt(m.end))?.name ?? ''} {m.prot}</td>
                  <td>{row.addr}{times(row.n)}</td>
                  <td>{row.token}</td>
                  <td>{row.pfn ?? '–'}</td>
                  <td>{row.flags?.join(' ') ?? ''}</td>
                </tr>
              )),
            )}
            <More n={p.mappings.reduce((n, m) => n + (m.left_out?.pages ?? 0), 0)} of="rows of pages" />
            <More n={p.left_out?.mappings} of="mappings" />
          </tbody>
        </table>
      ))}
      {scene.left_out?.processes && <p>… {scene.left_out.processes} more processes</p>}
      <table>
        <caption>Frames</caption>
        <thead>
          <tr><th scope="col">frame</th><th scope="col">use</th><th scope="col">page</th><th scope="col">refs</th><th scope="col">maps</th><th scope="col">mapped by</th></tr>
        </thead>
        <tbody>
          {scene.frames.map((f) => (
            <tr>
              <td>{f.pfn}{times(f.n)}</td>
              <td>{f.use}</td>
              <td>{f.token ?? ''}</td>
              <td>{f.refs}</td>
              <td>{f.maps}</td>
              <td>{f.mapped_by.map((m) => `${m.proc} ${m.addr}`).join(', ')}{f.left_out?.mapped_by ? `, … ${f.left_out.mapped_by} more` : ''}</td>
            </tr>
          ))}
          <More n={scene.left_out?.frames} of="rows of frames" />
        </tbody>
      </table>
    </div>
  );
}
