/** The same fields, of which those that may be undefined may be absent. */
type Defined<T> = {
  [K in keyof T as undefined extends T[K] ? never : K]: T[K];
} & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * Returns the fields that are not undefined: Firestore refuses the others, and a spread of one
 * would remove a field that is there.
 *
 * @example defined({ uid: 'u1', until: undefined }) // { uid: 'u1' }
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
