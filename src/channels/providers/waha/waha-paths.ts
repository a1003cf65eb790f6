import type { WahaContent } from './waha-message.js';
import type { WahaSettings } from './waha-settings.js';

/** Where a session is sent with and asked about; worked out once, not for each message. */
export interface WahaPaths {
  readonly origin: string;
  readonly send: Readonly<Record<WahaContent['type'], string>>;
  readonly session: string;
  readonly restart: string;
  readonly qrText: string;
  readonly qrImage: string;
  readonly chats: string;
  /** The digits of a number follow. */
  readonly check: string;
}

export function wahaPaths({ baseUrl, session: name }: WahaSettings): WahaPaths {
  const { origin, pathname } = new URL(baseUrl);
  const api = `${pathname.replace(/\/+$/, '')}/api`;
  const session = encodeURIComponent(name);
  return {
    origin,
    send: {
      text: `${api}/sendText`,
      image: `${api}/sendImage`,
      document: `${api}/sendFile`,
      video: `${api}/sendVideo`,
      audio: `${api}/sendVoice`,
    },
    session: `${api}/sessions/${session}`,
    restart: `${api}/sessions/${session}/restart`,
    qrText: `${api}/${session}/auth/qr?format=raw`,
    qrImage: `${api}/${session}/auth/qr?format=image`,
    chats: `${api}/${session}/chats`,
    check: `${api}/contacts/check-exists?session=${session}&phone=`,
  };
}

/** By the whole id: WEBJS finds a message by nothing else, and the others cut it themselves. */
export function messagePath(chats: string, chatId: string, id: string): string {
  const chat = encodeURIComponent(chatId);
  return `${chats}/${chat}/messages/${encodeURIComponent(`true_${chatId}_${id}`)}?downloadMedia=false`;
}
