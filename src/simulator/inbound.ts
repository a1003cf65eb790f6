import { instantMs } from './instant.js';
import type { Ledger } from './ledger.js';
import type { SendingNumber } from './sending-number.js';
import { waIdOf } from './wa-id.js';

/** Above every row that the ledger can hold, so that the ids of the two directions never meet. */
const FIRST_SERIAL = 0x80_0000_0000;

/** Messages from users: each opens the 24 h window and goes out as a `messages` webhook with its contact. */
export class Inbound {
  readonly #ledger: Ledger;
  #received = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Gives the message's id. */
  receive(number: SendingNumber, from: string, text: string, name?: string): string {
    const waId = waIdOf(from, number.settings.behaviour.aliases);
    const now = instantMs();
    number.openWindow(waId, now);
    const id = this.#ledger.ids.received(FIRST_SERIAL + this.#received++, waId);
    if (number.settings.webhookUrl !== undefined) {
      const profile = { name: name ?? `Cliente ${waId.slice(-4)}` };
      number.webhooks.pushWritten({
        contact: JSON.stringify({ profile, wa_id: waId }),
        message: JSON.stringify({
          from: waId,
          id,
          timestamp: String(Math.floor(now / 1000)),
          type: 'text',
          text: { body: text },
        }),
      });
    }
    return id;
  }
}
