import { Bytes, GeoPoint, serverTimestamp, Timestamp } from 'firebase/firestore';
import { ownUid, type Value } from './case.ts';
import type { Field } from './contract.ts';

/** Values of the fields of a contract: those that pass, and those that do not. */

interface Edge {
  name: string;
  value: Value;
  good: boolean;
  afterSignIn?: true;
}

const day = 86_400_000;
const clock = (offset: number) => Timestamp.fromMillis(Date.now() + offset);
export const past = Timestamp.fromMillis(Date.UTC(2024, 1, 29));

/** A value of each type that Firestore has and a client can write. */
export const samples = {
  string: 'text',
  number: 7,
  double: 0.5,
  bool: true,
  null: null,
  timestamp: past,
  map: { a: 1 },
  list: ['text'],
  bytes: Bytes.fromUint8Array(new Uint8Array([1, 2, 3])),
  geopoint: new GeoPoint(48.8, 2.3),
} as const satisfies Record<string, Value>;

export const typeOf = {
  text: 'string',
  form: 'string',
  bool: 'bool',
  oneOf: 'string',
  date: 'string',
  serverTime: 'timestamp',
  timestamp: 'timestamp',
  map: 'map',
  ownUid: 'string',
} as const satisfies Record<Field['is'], keyof typeof samples>;

export const manyKeys = (count: number): Record<string, Value> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]));

export function example(field: Field): Value {
  switch (field.is) {
    case 'text':
      return 'text';
    case 'form':
      return field.good[0];
    case 'bool':
      return true;
    case 'oneOf':
      return field.values[0];
    case 'date':
      return '2026-01-31';
    case 'serverTime':
      return serverTimestamp();
    case 'timestamp':
      return past;
    case 'map':
      return { a: 1, deep: { b: ['c'] } };
    case 'ownUid':
      return ownUid;
  }
}

/** Further values of a field's own type: those at the edge that pass, and those that do not. */
export function edges(field: Field): Edge[] {
  const good = (name: string, value: Value): Edge => ({ name, value, good: true });
  const bad = (name: string, value: Value): Edge => ({ name, value, good: false });
  switch (field.is) {
    case 'text': {
      const min = field.min ?? 0;
      return [
        good(`of ${min} characters`, 'x'.repeat(min)),
        good(`of ${field.max} characters`, 'é'.repeat(field.max)),
        bad(`of ${field.max + 1} characters`, 'x'.repeat(field.max + 1)),
        ...(min > 0 ? [bad(`of ${min - 1} characters`, 'x'.repeat(min - 1))] : []),
      ];
    }
    case 'form':
      return [
        ...field.good.map((value) => good(`'${value}'`, value)),
        ...field.bad.map((value) => bad(`'${value}', which is not of its form,`, value)),
      ];
    case 'bool':
      return [good('true', true), good('false', false)];
    case 'oneOf':
      return [
        ...field.values.map((value) => good(value, value)),
        ...['', 'unknown', field.values[0].toUpperCase(), `${field.values[0]} `, field.values[0].slice(0, -1)].map(
          (value) => bad(`'${value}', which is not in the list,`, value),
        ),
      ];
    case 'date':
      return [
        ...['2019-12-31', '2026-02-28', '2026-10-01'].map((value) => good(value, value)),
        ...[
          '',
          '2026',
          '2026-1-31',
          '31/01/2026',
          '2026-00-10',
          '2026-13-10',
          '2026-20-10',
          '2026-01-00',
          '2026-01-32',
          '2026-01-40',
          '02026-01-31',
          '2026-01-31 ',
          '2026-01-31\n',
          '2026-01-31T00:00:00Z',
          'v2026-01-31',
          '2026.01.31',
        ].map((value) => bad(JSON.stringify(value), value)),
      ];
    case 'serverTime':
      return [bad("of the device's clock", clock(0)), bad('of tomorrow', clock(day)), bad('of the past', past)];
    case 'timestamp':
      return [good('of tomorrow', clock(day)), good('of the server', serverTimestamp())];
    case 'map':
      return [
        good('without keys', {}),
        good(`of ${field.maxKeys} keys`, manyKeys(field.maxKeys)),
        bad(`of ${field.maxKeys + 1} keys`, manyKeys(field.maxKeys + 1)),
        ...Object.entries(field.keys ?? {}).flatMap(([key, values]) => [
          ...(values.afterSignIn ?? []).map((value, n): Edge => ({
            ...good(`with a good ${key} (${n})`, { [key]: value }),
            afterSignIn: true,
          })),
          ...(values.good ?? []).map((value, n) => good(`with a good ${key} (${n})`, { [key]: value })),
          ...values.bad.map((value, n) => bad(`with a bad ${key} (${n})`, { [key]: value })),
          ...Object.entries<Value>(samples).map(([type, value]) =>
            // Null says the same as leaving it out.
            type === 'null' || (type === 'string' && values.good !== undefined)
              ? good(`with a ${type} as ${key}`, { [key]: value })
              : bad(`with a ${type} as ${key}`, { [key]: value }),
          ),
        ]),
      ];
    case 'ownUid':
      return [bad('of somebody else', 'somebody-else'), bad("''", '')];
  }
}

/** Another good value than `example`. */
export function changed(field: Field): Value {
  switch (field.is) {
    case 'text':
      return 'other text';
    case 'form':
      return field.good[1] ?? field.good[0];
    case 'bool':
      return false;
    case 'oneOf':
      return field.values[1] ?? field.values[0];
    case 'date':
      return '2026-02-28';
    case 'timestamp':
      return clock(0);
    case 'map':
      return { b: 2 };
    case 'serverTime':
    case 'ownUid':
      return example(field);
  }
}
