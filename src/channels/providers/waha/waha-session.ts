/** What a status of a WAHA session means; `reason` ends with what to do. */
export interface WahaSessionState {
  readonly connection: 'connected' | 'connecting' | 'disconnected';
  readonly needsPerson: boolean;
  readonly reason?: string;
}

const STATES: Readonly<Record<string, WahaSessionState>> = {
  WORKING: { connection: 'connected', needsPerson: false },
  STARTING: { connection: 'connecting', needsPerson: false, reason: 'The session is starting at WAHA.' },
  STOPPED: {
    connection: 'disconnected',
    needsPerson: false,
    reason: 'The session is stopped at WAHA; restart it.',
  },
  // WAHA gives it for a lost connection as for a device that was unlinked; a restart tells the two apart.
  FAILED: {
    connection: 'disconnected',
    needsPerson: false,
    reason: 'The session failed at WAHA; restart it, and where that does not help link it anew.',
  },
  SCAN_QR_CODE: {
    connection: 'disconnected',
    needsPerson: true,
    reason: 'The session is not linked to a phone; scan its QR code under Linked devices in WhatsApp.',
  },
  PASSKEY_REQUIRED: {
    connection: 'disconnected',
    needsPerson: true,
    reason: "WhatsApp asks for a passkey to link the session; sign it in WAHA's dashboard.",
  },
  PASSKEY_CONFIRMATION_REQUIRED: {
    connection: 'disconnected',
    needsPerson: true,
    reason: "WhatsApp asks to confirm a code to link the session; see WAHA's dashboard.",
  },
};

/** Undefined for a word that WAHA did not have when this was written. */
export function wahaSessionState(status: unknown): WahaSessionState | undefined {
  return typeof status === 'string' && Object.hasOwn(STATES, status) ? STATES[status] : undefined;
}
