import type { CountryCode } from 'libphonenumber-js';
import type { ColumnMapping } from './column-plan.js';

export const IMPORT_STATUSES = ['running', 'done', 'failed', 'cancelled'] as const;
export type ImportStatus = (typeof IMPORT_STATUSES)[number];

export const CONFLICT_MODES = ['update', 'skip'] as const;
/** What happens to a contact that exists: attributes and tags are merged and the name replaced, or nothing. */
export type ConflictMode = (typeof CONFLICT_MODES)[number];

export interface ImportOptions {
  readonly mapping: ColumnMapping;
  readonly defaultCountry?: CountryCode;
  /** Given to every contact of the file. */
  readonly tags: readonly string[];
  readonly onConflict: ConflictMode;
  readonly dryRun: boolean;
}

/** read = created + updated + unchanged + failed, at every moment. */
export interface RowCounts {
  readonly read: number;
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly failed: number;
}

export interface ImportJob {
  readonly id: string;
  readonly workspaceId: string;
  readonly status: ImportStatus;
  readonly fileName: string;
  readonly filePath: string;
  readonly options: ImportOptions;
  readonly rows: RowCounts;
  readonly bytes: { readonly read: number; readonly total: number };
  readonly error: string | null;
  readonly lastRow: number;
  readonly fence: number;
  readonly isCancelAsked: boolean;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}
