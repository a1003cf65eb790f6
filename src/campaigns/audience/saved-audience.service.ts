import { Injectable } from '@nestjs/common';
import { isInstantAndUuid } from '../../common/cursor-key.js';
import { decodeCursor, pageOf, type Page } from '../../common/page.js';
import { AudienceCheck } from './audience-check.js';
import { AudienceInUseError, AudienceNotFoundError } from './audience.errors.js';
import {
  SavedAudienceRepository,
  type SavedAudience,
  type SavedAudienceWish,
} from './saved-audience.repository.js';

/** Audiences that are kept by name. A campaign that names one asks for what it says when that campaign starts. */
@Injectable()
export class SavedAudienceService {
  constructor(
    private readonly saved: SavedAudienceRepository,
    private readonly check: AudienceCheck,
  ) {}

  async create(workspaceId: string, wish: SavedAudienceWish, by: string): Promise<SavedAudience> {
    await this.check.ofSelection(workspaceId, wish.selection);
    return this.saved.create(workspaceId, wish, by);
  }

  async list(
    workspaceId: string,
    page: { readonly limit: number; readonly cursor?: string },
  ): Promise<Page<SavedAudience>> {
    const after = decodeCursor(page.cursor, isInstantAndUuid);
    const rows = await this.saved.list(workspaceId, after, page.limit + 1);
    return pageOf(
      rows,
      page.limit,
      (row) => row.cursor,
      (row) => row.audience,
    );
  }

  async get(workspaceId: string, id: string): Promise<SavedAudience> {
    return found(await this.saved.find(workspaceId, id), id);
  }

  async change(workspaceId: string, id: string, change: Partial<SavedAudienceWish>): Promise<SavedAudience> {
    const { name, description, selection } = await this.get(workspaceId, id);
    if (change.selection !== undefined) await this.check.ofSelection(workspaceId, change.selection);
    return found(await this.saved.replace(workspaceId, id, { name, description, selection, ...change }), id);
  }

  /** Campaigns that have started keep what it was; those that have not would find nothing. */
  async remove(workspaceId: string, id: string): Promise<void> {
    const campaigns = await this.saved.usedBy(workspaceId, id);
    if (campaigns.length > 0) throw new AudienceInUseError(campaigns);
    if (!(await this.saved.remove(workspaceId, id))) throw new AudienceNotFoundError(id);
  }
}

function found(audience: SavedAudience | null, id: string): SavedAudience {
  if (audience === null) throw new AudienceNotFoundError(id);
  return audience;
}
