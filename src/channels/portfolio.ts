import type { SetBy } from './channel-budget.js';

/** Numbers that share what their provider lets them begin, as those of one business portfolio of Meta do. */
export interface Portfolio {
  readonly id: string;
  readonly workspaceId: string;
  readonly name: string;
  /** Unique contacts in a moving 24 hours; null: as many as one likes. */
  readonly dailyContacts: number | null;
  readonly dailyContactsBy: SetBy;
  readonly channels: readonly { readonly id: string; readonly name: string }[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
