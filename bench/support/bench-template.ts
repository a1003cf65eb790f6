/** What campaigns of benches send: nobody has written to their numbers, so free text would be skipped. */
export function benchTemplate(...texts: readonly string[]) {
  const parameters = texts.map((text) => ({ type: 'text', text }));
  return { type: 'template', name: 'bench', language: 'es_MX', components: [{ type: 'body', parameters }] };
}
