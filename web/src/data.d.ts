// SPDX-License-Identifier: MIT
// What vite.config.mjs makes.
declare module 'virtual:module' {
  const base64: string; // of the module, gzipped
  export default base64;
}
declare module 'virtual:catalogue' {
  const scenarios: { name: string; lesson: string; text: string }[];
  export default scenarios;
}
declare module 'virtual:glossary' {
  const terms: { group: string; name: string; text: string }[];
  export default terms;
}
declare module '*.css';
