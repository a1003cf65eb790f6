import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Config, Role } from '../config/config.js';
import { LegacyAccess } from './legacy-access.js';
import type { Workspace, WorkspaceRepository } from './workspace.repository.js';

const MAIN: Workspace = { id: '0e7c5b3a-1f5d-4f0e-9a51-0a6f2b1c7d01', name: 'Main' };
const TWINS: readonly Workspace[] = [
  { id: '0e7c5b3a-1f5d-4f0e-9a51-0a6f2b1c7d02', name: 'Gemelo' },
  { id: '0e7c5b3a-1f5d-4f0e-9a51-0a6f2b1c7d03', name: 'gemelo' },
];

describe('LegacyAccess', () => {
  const warnings: string[] = [];

  beforeEach(() => {
    warnings.length = 0;
    Logger.overrideLogger({ log() {}, error() {}, warn: (message: string) => warnings.push(message) });
  });

  afterEach(() => Logger.overrideLogger(false));

  const started = async (legacyWorkspace: string | undefined, roles: readonly Role[] = ['api']) => {
    const all = [MAIN, ...TWINS];
    const workspaces = {
      named: async (word: string) =>
        all.filter(({ id, name }) => id === word || name.toLowerCase() === word.toLowerCase()),
      oldest: async () => all,
    } as unknown as WorkspaceRepository;
    const access = new LegacyAccess(
      { legacyWorkspace, roles: new Set(roles) } as unknown as Config,
      workspaces,
    );
    await access.onApplicationBootstrap();
    return access.principal();
  };

  it('lets nobody in where no workspace is named, and says nothing', async () => {
    expect(await started(undefined)).toBeNull();
    expect(warnings).toEqual([]);
  });

  it.each(['main', 'Main', MAIN.id])(
    'lets an operator of the workspace %s in, and warns of it',
    async (word) => {
      expect(await started(word)).toMatchObject({ workspaceId: MAIN.id, role: 'operator' });
      expect(warnings).toEqual([
        expect.stringContaining('may send messages of the workspace "Main" without a key'),
      ]);
    },
  );

  it('keeps to itself where no routes are served', async () => {
    expect(await started('main', ['worker'])).toBeNull();
    expect(warnings).toEqual([]);
  });

  it('ends the start when the name leads nowhere, and says which there are', async () => {
    await expect(started('Mein')).rejects.toThrow(
      `CAUDAL_LEGACY_WORKSPACE "Mein" is neither name nor id of a workspace; there are "Main" (${MAIN.id}), "Gemelo"`,
    );
  });

  it('does not choose between two workspaces of one name', async () => {
    await expect(started('GEMELO')).rejects.toThrow('is the name of several workspaces: give the id of one');
  });
});
