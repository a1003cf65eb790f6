import { describe, expect, it } from 'vitest';
import type { ChannelCheckRepository } from '../channels/channel-check.repository.js';
import type { RestartAnswer } from '../channels/providers/provider-answers.js';
import type { ChannelLines } from './channel-line.js';
import { ChannelRestarts } from './channel-restart.service.js';
import type { ChannelSessions } from './channel-sessions.js';
import type { ChannelStatusDto } from './channel-status.dto.js';
import type { ChannelStatusService } from './channel-status.service.js';

const BY = { workspaceId: 'w', keyName: 'ops' };
const AFTERWARDS = { connection: 'connecting' } as ChannelStatusDto;
const RESTARTING: RestartAnswer = { kind: 'restarting' };

describe('ChannelRestarts', () => {
  let noted: string[] = [];

  const restarts = (
    channel: { workspaceId: string } | null,
    answer: RestartAnswer | null,
  ): ChannelRestarts => {
    noted = [];
    const line = { restart: async () => answer };
    const open =
      channel === null ? null : { line, channel: { ...channel, name: 'ventas', provider: 'simulator' } };
    const lines = { lineOf: async () => open } as unknown as ChannelLines;
    const statuses = { of: async () => AFTERWARDS } as unknown as ChannelStatusService;
    const sessions = {
      restartOrdered: async () => noted.push('ordered'),
      leftToPerson: async (_id: string, code: string) => noted.push(`left: ${code}`),
    } as unknown as ChannelSessions;
    const checks = {
      hasten: async (_id: string, what: string) => noted.push(`look: ${what}`),
    } as unknown as ChannelCheckRepository;
    return new ChannelRestarts(lines, statuses, sessions, checks);
  };

  it('restarts a session, has it looked at, and tells how the channel is then', async () => {
    expect(await restarts({ workspaceId: 'w' }, RESTARTING).restart(BY, 'c')).toBe(AFTERWARDS);
    expect(noted).toEqual(['ordered', 'look: session']);
  });

  it('says of a provider without sessions that there is nothing to restart', async () => {
    await expect(restarts({ workspaceId: 'w' }, null).restart(BY, 'c')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'nothing_to_restart',
    });
  });

  it('says why no restart helps, and leaves it to a person', async () => {
    const answer = { kind: 'needs_person', code: 'logged_out', reason: 'It was logged out.' } as const;
    await expect(restarts({ workspaceId: 'w' }, answer).restart(BY, 'c')).rejects.toMatchObject({
      kind: 'conflict',
      code: 'session_needs_person',
      message: expect.stringContaining('It was logged out.'),
      details: { params: { providerCode: 'logged_out' } },
    });
    expect(noted).toEqual(['left: logged_out']);
  });

  it('says that the provider did not do it, and why', async () => {
    const answer = { kind: 'failed', code: 'http_500', reason: 'It answered HTTP 500.' } as const;
    await expect(restarts({ workspaceId: 'w' }, answer).restart(BY, 'c')).rejects.toMatchObject({
      kind: 'bad-gateway',
      code: 'restart_failed',
      message: expect.stringContaining('It answered HTTP 500.'),
    });
    expect(noted).toEqual([]);
  });

  it.each([null, { workspaceId: 'other' }])(
    'knows no channel that is gone or of another workspace',
    async (channel) => {
      await expect(restarts(channel, RESTARTING).restart(BY, 'c')).rejects.toMatchObject({
        code: 'channel_not_found',
      });
    },
  );
});
