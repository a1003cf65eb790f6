/** Calls that never reach the ledger, counted for the summary. */
export interface StrayCalls {
  /** Refused for their token. */
  unauthorised: number;
  /** Came where a scripted redirect leads: a client followed it. */
  redirectsFollowed: number;
}
