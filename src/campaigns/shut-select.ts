/**
 * At the end of a subselect: keeps it a plan of its own, so that what it computes is computed once a row. In quotes it
 * is a constant from the first; `OFFSET 0` becomes one when it is planned, too late for whoever asks whether parallel
 * workers may run it: then they may not.
 */
export const SHUT = `OFFSET '0'`;
