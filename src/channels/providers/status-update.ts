/** One element of a webhook, in our words. */
export type StatusUpdate =
  | {
      readonly kind: 'status';
      /** Position in the body, so that a bad one can be named. */
      readonly element: number;
      readonly accountRef: string;
      readonly providerId: string;
      readonly correlationId: string | null;
      readonly status: 'sent' | 'delivered' | 'read' | 'failed';
      readonly at: Date;
      readonly code?: string;
      readonly reason?: string;
      /** The failure says that the person does not take marketing messages of this business. */
      readonly suppress?: boolean;
    }
  /** Something that is valid but that nothing acts on yet; kept in the stored body. */
  | { readonly kind: 'ignored'; readonly element: number; readonly what: string }
  /** Something that cannot be read. */
  | { readonly kind: 'unreadable'; readonly element: number; readonly reason: string };
