/** An event of Evolution with what its elements are read from. */
export interface EvolutionEvent {
  /** In lower case with dots, whichever way it came. */
  readonly name: string;
  readonly data: unknown;
  readonly at: Date;
  /** Meta's statuses come through such an instance without the mark that the message was ours. */
  readonly isBusiness: boolean;
}
