import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCloudWebhook } from './cloud-webhook.js';

/** Bodies as Meta publishes them; they are not part of this repository. */
const FOLDER = resolve(import.meta.dirname, '../../../../../shared/payloads/meta');
const FILES = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : [];

/** What each must be; a file that is not named here must at least be read. */
const WHAT: Readonly<Record<string, object>> = {
  button_message: { body: { type: 'reply', source: 'button', payload: 'Unsubscribe' } },
  contact_sharing_message: { body: { type: 'contacts', contacts: [{ name: 'Lucía Gómez' }] } },
  image_message: { body: { type: 'media', caption: 'Taj Mahal', media: { ref: '1003383421387256' } } },
  interactive_button_reply_message: { body: { type: 'reply', source: 'button', payload: 'cancel-button' } },
  interactive_list_reply_message: { body: { type: 'reply', source: 'list', payload: 'priority_express' } },
  location_message: { body: { type: 'location', name: 'Philz Coffee' } },
  order_message: { body: { type: 'unknown', what: 'order' } },
  reaction_message: { body: { type: 'reaction', emoji: '👍' } },
  system_message: { body: { type: 'unknown', what: 'system:user_changed_number' } },
  text_message: { body: { type: 'text', text: 'Does it come in another color?' } },
  text_message_from_click_to_whatsapp_ad: { referral: { sourceType: 'ad', headline: 'Chat with us' } },
  text_message_with_context_product_inquiry: { body: { type: 'text' } },
  unsupported_message: { body: { type: 'unknown', what: 'unsupported' } },
};

describe('webhooks that Meta publishes', () => {
  it.skipIf(FILES.length === 0)('are all read, where shared/payloads/meta lies beside this folder', () => {
    for (const file of FILES) {
      const elements = parseCloudWebhook(JSON.parse(readFileSync(join(FOLDER, file), 'utf8')));
      const wanted = WHAT[file.replace(/^spec_|\.json$/g, '')];
      expect(elements, file).toHaveLength(1);
      if (wanted === undefined) expect(elements[0]!.kind, file).toBe('ignored');
      else expect(elements[0], file).toMatchObject({ kind: 'inbound', message: wanted });
    }
  });
});
