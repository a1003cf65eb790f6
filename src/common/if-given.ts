import { ValidateIf } from 'class-validator';

/** Not given: it stays or is empty; null is a value of its own. */
export const IfGiven = () => ValidateIf((_object, value) => value !== undefined);
export const IfNotNull = () => ValidateIf((_object, value) => value !== undefined && value !== null);
