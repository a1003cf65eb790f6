import { signedRequest } from '../support/signed-request.js';

/** Whose webhooks they are. */
export interface StatusSender {
  readonly appSecret: string;
  readonly phoneNumberId: string;
  readonly dispatchId: string;
}

const WORDS = ['sent', 'delivered', 'read'] as const;
export const STATUSES_OF_A_MESSAGE = WORDS.length;

/**
 * The nth webhook as Meta posts it, head and body: sent, delivered and read of message 1, then of message 2, and so on.
 * One status each, as Meta mostly does: the dearest form for an intake.
 */
export function statusRequest({ appSecret, phoneNumberId, dispatchId }: StatusSender, nth: number): Buffer {
  const seq = Math.floor(nth / STATUSES_OF_A_MESSAGE) + 1;
  const status = WORDS[nth % STATUSES_OF_A_MESSAGE]!;
  const phone = `521${5_510_000_000 + seq}`;
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '102290129340398',
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '5215550783881', phone_number_id: phoneNumberId },
              statuses: [
                {
                  id: `wamid.HBgN${Buffer.from(phone).toString('base64')}FQIAERgS${String(seq).padStart(18, '0')}`,
                  status,
                  timestamp: String(1_763_700_000 + (nth % STATUSES_OF_A_MESSAGE)),
                  recipient_id: phone,
                  biz_opaque_callback_data: `${dispatchId}:${seq}:1`,
                  pricing: { billable: true, pricing_model: 'PMP', category: 'marketing', type: 'regular' },
                },
              ],
            },
            field: 'messages',
          },
        ],
      },
    ],
  });
  return signedRequest(body, appSecret);
}
