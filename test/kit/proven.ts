import type { ProvenEmail, ProvenPhone } from '../../functions/src/subject/identity.ts';

/** Addresses that a test declares proven, as only subject/proven.ts does in the functions. */
export const proven = (...emails: readonly string[]): readonly ProvenEmail[] => emails as readonly ProvenEmail[];

/** One such address. */
export const provenEmail = (email: string): ProvenEmail => email as ProvenEmail;

/** Telephone numbers that a test declares proven. */
export const provenPhones = (...numbers: readonly string[]): readonly ProvenPhone[] =>
  numbers as readonly ProvenPhone[];
