import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { Config } from '../config/config.js';
import type { Principal } from './principal.js';
import { WorkspaceRepository, type Workspace } from './workspace.repository.js';

const MOST_LISTED = 10;

/**
 * Who calls when a client of a replaced system shows no key: nobody, unless CAUDAL_LEGACY_WORKSPACE names the workspace
 * that such clients mean. They may do what an operator may, on those routes alone.
 */
@Injectable()
export class LegacyAccess implements OnApplicationBootstrap {
  private readonly logger = new Logger('Access');
  private keyless: Principal | null = null;

  constructor(
    private readonly config: Config,
    private readonly workspaces: WorkspaceRepository,
  ) {}

  /** Before anything listens, and after a new database got its first workspace. A name that leads nowhere ends the start. */
  async onApplicationBootstrap(): Promise<void> {
    const { legacyWorkspace, roles } = this.config;
    if (legacyWorkspace === undefined || (!roles.has('api') && !roles.has('router'))) return;
    const found = await this.workspaces.named(legacyWorkspace);
    const [workspace, ...others] = found;
    if (workspace === undefined || others.length > 0)
      throw new Error(await this.faultOf(legacyWorkspace, found));
    this.keyless = {
      workspaceId: workspace.id,
      keyId: workspace.id,
      keyName: 'CAUDAL_LEGACY_WORKSPACE',
      role: 'operator',
    };
    this.logger.warn(
      `CAUDAL_LEGACY_WORKSPACE is set: whoever reaches this port may send messages of the workspace "${workspace.name}" ` +
        'without a key. Let only the clients that need it reach it.',
    );
  }

  principal(): Principal | null {
    return this.keyless;
  }

  private async faultOf(word: string, found: readonly Workspace[]): Promise<string> {
    const listed = (workspaces: readonly Workspace[]): string =>
      workspaces.map(({ id, name }) => `"${name}" (${id})`).join(', ');
    if (found.length > 1) {
      return `CAUDAL_LEGACY_WORKSPACE "${word}" is the name of several workspaces: give the id of one, of ${listed(found)}.`;
    }
    const known = await this.workspaces.oldest(MOST_LISTED);
    return `CAUDAL_LEGACY_WORKSPACE "${word}" is neither name nor id of a workspace; there are ${listed(known)}.`;
  }
}
