import type { Policy } from '../../../src/policy/schema.ts';
import { notices20250615 } from './2025-06-15.ts';
import { notices20270301 } from './2027-03-01.ts';

/**
 * Every text that a person was ever asked with, by version and purpose. A published one is never
 * changed or removed: it proves the agreements of people (docs/notices.lock.json holds the
 * hashes). A change of the policy adds a file, and leaves these as they are.
 */
export const notices: Policy['notices'] = {
  '2025-06-15': notices20250615,
  '2027-03-01': notices20270301,
};
