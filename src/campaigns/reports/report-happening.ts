/** What a report counts by the hour; each has a column with its time. */
export const HAPPENINGS = ['accepted', 'sent', 'delivered', 'read', 'failed'] as const;
export type Happening = (typeof HAPPENINGS)[number];
