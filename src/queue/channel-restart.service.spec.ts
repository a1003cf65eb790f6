import { describe, expect, it } from 'vitest';
import type { ChannelLines } from './channel-line.js';
import { ChannelRestarts } from './channel-restart.service.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import type { ChannelStatusService } from './channel-status.service.js';

const BY = { workspaceId: 'w', keyName: 'ops' };
const AFTERWARDS = { connection: 'connecting' } as ChannelStatusDto;

describe('ChannelRestarts', () => {
  const restarts = (channel: { workspaceId: string } | null, keepsSession: boolean): ChannelRestarts => {
    const line = { restart: async () => keepsSession };
    const open =
      channel === null ? null : { line, channel: { ...channel, name: 'ventas', provider: 'simulator' } };
    const lines = { lineOf: async () => open } as unknown as ChannelLines;
    const statuses = { of: async () => AFTERWARDS } as unknown as ChannelStatusService;
    return new ChannelRestarts(lines, statuses);
  };

  it('restarts a session and tells how the channel is then', async () => {
    expect(await restarts({ workspaceId: 'w' }, true).restart(BY, 'c')).toBe(AFTERWARDS);
  });

  it('says of a provider without sessions that there is nothing to restart', async () => {
    await expect(restarts({ workspaceId: 'w' }, false).restart(BY, 'c')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'nothing_to_restart',
    });
  });

  it.each([null, { workspaceId: 'other' }])(
    'knows no channel that is gone or of another workspace',
    async (channel) => {
      await expect(restarts(channel, true).restart(BY, 'c')).rejects.toMatchObject({
        code: 'channel_not_found',
      });
    },
  );
});
