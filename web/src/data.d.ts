// SPDX-License-Identifier: MIT
// What index.html and vite.config.mjs make.
declare const cr2Module: Promise<WebAssembly.Module>; // index.html, as the next
declare function cr2Bytes(base64: string): Uint8Array<ArrayBuffer>;
declare module 'virtual:catalogue' {
  const scenarios: { name: string; lesson: string; text: string }[];
  export default scenarios;
}
declare module 'virtual:glossary' {
  const terms: { group: string; name: string; text: string }[];
  export default terms;
}
declare module '*.css';
