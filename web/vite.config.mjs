// SPDX-License-Identifier: MIT
// The page is one file: script and style stand in it, and so do the module, the catalogue, the glossary and the
// licences of what it holds, as data made here.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import zlib from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const out = process.env.CR2_WEB_OUT ?? path.join(root, 'build/web');
const read = (...parts) => fs.readFileSync(path.join(...parts), 'utf8');

function scenarios(folder = path.join(root, 'catalogue')) {
  return fs
    .readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.litmus'))
    .sort()
    .map((name) => {
      const text = read(folder, name);
      return { name: name.slice(0, -'.litmus'.length), lesson: text.split('\n', 1)[0].slice(1).trim(), text };
    });
}

// "**NAME, NAME.** text" is a paragraph of the glossary.
function glossary() {
  const terms = [];
  let group = '';
  for (const paragraph of read(root, 'docs/GLOSSARY.md').split(/\n\n+/)) {
    const heading = /^## (.*)/.exec(paragraph);
    const term = /^\*\*(.*?)\.\*\*\s+(.*)/s.exec(paragraph);
    if (heading) group = heading[1];
    else if (term) terms.push({ group, name: term[1], text: term[2].replace(/\s+/g, ' ').trim() });
  }
  return terms;
}

const packed = () => zlib.gzipSync(fs.readFileSync(path.join(out, 'wasm/cr2.wasm')), { level: 9 }).toString('base64');

const data = {
  'virtual:catalogue': scenarios,
  'virtual:glossary': glossary,
};

const virtual = {
  name: 'cr2-data',
  resolveId: (id) => (id in data ? `\0${id}` : null),
  load: (id) => (id.slice(1) in data ? `export default ${JSON.stringify(data[id.slice(1)]())}` : null),
};

// The packages whose code is in the page, each with its licence; jansson's is in the module.
function licences(modules) {
  const packages = new Set();
  for (const id of modules) {
    const found = /^(.*\/node_modules\/(@[^/]+\/)?[^/]+)\//.exec(id.replaceAll('\\', '/').replace(/^\0/, ''));
    if (found) packages.add(found[1]);
  }
  const texts = new Map([[read(out, 'wasm/jansson.licence').trim(), ['jansson']]]);
  for (const folder of [...packages].sort()) {
    const file = fs.readdirSync(folder).find((name) => /^licen[cs]e/i.test(name));
    const text = file ? read(folder, file).trim() : `${JSON.parse(read(folder, 'package.json')).license} licence`;
    texts.set(text, [...(texts.get(text) ?? []), JSON.parse(read(folder, 'package.json')).name]);
  }
  return [...texts].map(([text, names]) => `${names.join(', ')}:\n${text}`).join('\n\n').replaceAll('--', '- -');
}

const inline = {
  name: 'cr2-inline',
  enforce: 'post',
  generateBundle(_, bundle) {
    const page = bundle['index.html'];
    const notices = licences(Object.values(bundle).flatMap((part) => Object.keys(part.modules ?? {})));
    let html = page.source;
    for (const [name, part] of Object.entries(bundle)) {
      if (part === page) continue;
      if (part.type === 'chunk' && /[^\0-\x7f]/.test(part.code)) throw new Error('the script is not ASCII');
      if (part.type === 'chunk')
        html = html
          .replace(/\s*<script type="module"[^>]*src="[^"]*"[^>]*><\/script>/, '')
          .replace('</body>', () => `<script type="module">${part.code.replaceAll('</script', '<\\/script')}</script></body>`);
      else html = html.replace(/\s*<link rel="stylesheet"[^>]*>/, () => `<style>${part.source}</style>`);
      delete bundle[name];
    }
    /* The module begins to compile before the script, whose compiler need not read it then. */
    html = html.replace('id="module">', () => `id="module">${packed()}`);
    html = `${html.trim()}\n<!-- cr2 is MIT-licensed, and holds:\n\n${notices}\n-->\n`;
    /* A browser reads a page of ASCII alone in half the time. Scripts are so already; in the notices it is names. */
    page.source = html.replace(/[^\0-\x7f]/gu, (c) => `&#${c.codePointAt(0)};`);
  },
};

export default {
  root: here,
  logLevel: 'warn',
  cacheDir: path.join(out, 'cache'),
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none', charset: 'ascii' },
  plugins: [virtual, inline],
  build: {
    outDir: path.join(out, 'page'),
    emptyOutDir: true,
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    assetsInlineLimit: 1 << 24,
    reportCompressedSize: false,
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
};
