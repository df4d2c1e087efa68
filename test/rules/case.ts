import type { Bytes, FieldValue, GeoPoint, Timestamp } from 'firebase/firestore';

/** Stands for the uid of the owner of the lane that a case runs in. */
export const ownUid = Symbol('the uid of whoever writes');

export type Value =
  | string
  | number
  | boolean
  | null
  | Timestamp
  | FieldValue
  | Bytes
  | GeoPoint
  | typeof ownUid
  | Value[]
  | { [key: string]: Value };
export type Data = Readonly<Record<string, Value>>;

/** One request, and whether the owner's is granted; everybody else's is refused. */
export interface Case {
  name: string;
  do:
    | { op: 'get' | 'list' | 'listOwn' | 'group' | 'delete' }
    | { op: 'create' | 'replace'; data: Data }
    | { op: 'patch'; data: Data };
  id: string;
  /** The document that stands there before; `null`: nothing. */
  seed: Data | null;
  /** The person's state as the backend shows it; `null`: none. Absent: no matter. */
  state?: Data | null;
  granted: boolean;
  /** Only for a person who has just signed in. */
  afterSignIn?: true;
}
