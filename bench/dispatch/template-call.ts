import { benchTemplate } from '../support/bench-template.js';

/** The request that all three runs of this bench make for message `nth`, as the Cloud API takes it. */
export function templateCall(nth: number, to: string) {
  const { name, language, components } = benchTemplate(`Persona ${nth}`);
  return {
    method: 'POST' as const,
    path: '/v23.0/106540352242922/messages',
    headers: { authorization: 'Bearer bench', 'content-type': 'application/json' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      to,
      type: 'template',
      template: { name, language: { code: language }, components },
      biz_opaque_callback_data: `1:${nth}:1`,
    }),
  };
}
