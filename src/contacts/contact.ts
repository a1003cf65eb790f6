/** What people call an attribute's value; nothing nested, so that a template can always show it. */
export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

export interface Contact {
  readonly id: string;
  readonly phone: string;
  readonly name: string | null;
  readonly attributes: Attributes;
  readonly tags: readonly string[];
  readonly timezone: string | null;
  readonly locale: string | null;
  readonly optedOut: boolean;
  readonly optedOutAt: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** All that a new contact has; `recipient` is canonical. */
export interface NewContact {
  readonly recipient: string;
  readonly name: string | null;
  readonly attributes: Attributes;
  readonly tags: readonly string[];
  readonly timezone: string | null;
  readonly locale: string | null;
}

/** What a PATCH says: `undefined` leaves a field as it is; a null attribute is taken away. */
export interface ContactChange {
  readonly recipient?: string;
  readonly name?: string | null;
  readonly attributes?: Readonly<Record<string, AttributeValue | null>>;
  readonly tags?: readonly string[];
  readonly timezone?: string | null;
  readonly locale?: string | null;
}

export interface ContactFilter {
  readonly search?: string;
  readonly tag?: string;
  readonly optedOut?: boolean;
}
