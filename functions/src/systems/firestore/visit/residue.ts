import { identifiersOf } from '../../../subject/identity.ts';
import type { Subject } from '../../system.ts';

/**
 * Does a row still name the person after the policy's fields were removed? Looks for the uid, the
 * addresses and the ids of other systems in every value and name, as part of longer texts too.
 * Removing names is de-identification; only what nothing links back is anonymous.
 */
export function namesPerson(
  path: string,
  data: Readonly<Record<string, unknown>>,
  without: readonly string[],
  subject: Subject,
): boolean {
  const ids = [subject.uid, ...identifiersOf(subject, 'email'), ...Object.values(subject.providerIds)]
    .filter((id) => id !== '')
    .map((id) => id.toLowerCase());
  const names = (text: string): boolean => ids.some((id) => text.toLowerCase().includes(id));
  const search = (value: unknown, at: string): boolean => {
    if (without.includes(at)) return false;
    if (typeof value === 'string') return names(value);
    if (Array.isArray(value)) return value.some((item) => search(item, `${at}[]`));
    if (isReference(value)) return names(value.path);
    if (typeof value === 'object' && value !== null && isPlain(value)) {
      return Object.entries(value).some(([key, item]) => {
        const inner = at === '' ? key : `${at}.${key}`;
        return !without.includes(inner) && (names(key) || search(item, inner));
      });
    }
    return false;
  };
  return names(path) || search(data, '');
}

const isReference = (value: unknown): value is { path: string } =>
  typeof value === 'object' &&
  value !== null &&
  'path' in value &&
  'firestore' in value &&
  typeof value.path === 'string';

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};
