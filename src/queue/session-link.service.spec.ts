import { describe, expect, it } from 'vitest';
import type { ChannelClients } from '../channels/channel-clients.js';
import type { QrCode } from '../channels/providers/provider-answers.js';
import type { ChannelSessions } from './channel-sessions.js';
import { SessionLinks } from './session-link.service.js';

const BY = { workspaceId: 'w', keyName: 'ops' };
const CODE: QrCode = { code: '2@abc', imageDataUrl: null, pairingCode: 'WZYEH1YY' };

let left: string[] = [];

function links(qrCode?: () => Promise<QrCode | null>, workspaceId = 'w'): SessionLinks {
  const open = {
    client: qrCode === undefined ? {} : { qrCode },
    channel: { workspaceId, name: 'web', provider: 'evolution' },
  };
  left = [];
  return new SessionLinks(
    { clientOf: async () => open } as unknown as ChannelClients,
    { leftToPerson: async (_id: string, code: string) => left.push(code) } as unknown as ChannelSessions,
  );
}

describe('the code to link a session', () => {
  it('is what its provider gives, or null when none is needed', async () => {
    expect(await links(async () => CODE).codeOf(BY, 'c')).toBe(CODE);
    expect(await links(async () => null).codeOf(BY, 'c')).toBeNull();
    expect(left).toEqual([]);
  });

  it('leaves the session to the person who scans it', async () => {
    await links(async () => CODE).codeOf(BY, 'c');
    expect(left).toEqual(['code_to_scan']);
  });

  it('is not there with a provider that links no phone', async () => {
    await expect(links().codeOf(BY, 'c')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'nothing_to_link',
    });
  });

  it('that the provider does not give is its failure, not ours', async () => {
    const failing = async (): Promise<null> => Promise.reject(new Error('It answered HTTP 500'));
    await expect(links(failing).codeOf(BY, 'c')).rejects.toMatchObject({
      kind: 'bad-gateway',
      code: 'link_code_failed',
      message: expect.stringContaining('It answered HTTP 500.'),
    });
  });

  it('of another workspace is shown to nobody', async () => {
    await expect(links(async () => CODE, 'other').codeOf(BY, 'c')).rejects.toMatchObject({
      code: 'channel_not_found',
    });
  });
});
