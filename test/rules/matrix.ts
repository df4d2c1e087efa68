import { Bytes, deleteField, GeoPoint, serverTimestamp, Timestamp, type FieldValue } from 'firebase/firestore';
import { eachNth, isAll } from '../kit/depth.ts';
import type { Field, Operation, PathContract } from './contract.ts';

/** Stands for the uid of the owner of the lane that a case runs in. */
export const ownUid = Symbol('the uid of whoever writes');

type Value =
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

/** A document as somebody could write it, whole. */
interface Variant {
  name: string;
  data: Data;
  id: string;
  good: boolean;
  afterSignIn?: true;
}

interface Edge {
  name: string;
  value: Value;
  good: boolean;
  afterSignIn?: true;
}

const day = 86_400_000;
const clock = (offset: number) => Timestamp.fromMillis(Date.now() + offset);
const past = Timestamp.fromMillis(Date.UTC(2024, 1, 29));

/** A value of each type that Firestore has and a client can write. */
const samples = {
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

const typeOf = {
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

const manyKeys = (count: number): Record<string, Value> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key${index}`, index]));

function example(field: Field): Value {
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
function edges(field: Field): Edge[] {
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

const without = (data: Data, name: string): Data =>
  Object.fromEntries(Object.entries(data).filter(([key]) => key !== name));

const text = (value: Value | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null));

function idFor(path: PathContract, data: Data): string {
  if (path.ids?.from === undefined) return path.ids?.good?.[0] ?? 'doc';
  return path.ids.from.replaceAll(/\{(\w+)\}/g, (_, field: string) => text(data[field]));
}

const required = (path: PathContract): Data =>
  Object.fromEntries(
    Object.entries(path.fields).flatMap(([name, field]) => (field.optional ? [] : [[name, example(field)]])),
  );
const complete = (path: PathContract): Data =>
  Object.fromEntries(Object.entries(path.fields).map(([name, field]) => [name, example(field)]));

/** Every way of writing a whole document that the table distinguishes. */
function variants(path: PathContract): Variant[] {
  const full = complete(path);
  const variant = (name: string, data: Data, good: boolean, id = idFor(path, data)): Variant => ({
    name,
    data,
    good,
    id,
  });
  const open = path.open !== undefined;
  const list = [
    variant('with all fields', full, true),
    variant('with the required fields', required(path), true),
    variant(
      'empty',
      {},
      Object.values(path.fields).every((field) => field.optional),
      idFor(path, full),
    ),
    variant('with a further field', { ...full, further: 'x' }, open),
    variant('with a further map', { ...full, further: { granted: true } }, open),
    ...(path.ids?.good ?? []).map((id) => variant(`with the id ${id}`, full, true, id)),
    ...(path.ids?.bad ?? []).map((id) => variant(`with the id ${JSON.stringify(id)}`, full, false, id)),
    ...(path.servers ?? []).map((name) => variant(`with the servers' ${name}`, { ...full, [name]: 'x' }, false)),
    ...(path.servers ?? []).map((name) => variant(`with a null ${name}`, { ...full, [name]: null }, false)),
    ...(path.marks ?? []).flatMap((name) =>
      Object.entries<Value>({ ...samples, false: false }).map(([type, value]) =>
        variant(`with a ${type} as the servers' mark ${name}`, { ...full, [name]: value }, false),
      ),
    ),
    ...Object.entries(path.updateOnly ?? {}).map(([name, value]) =>
      variant(`with ${name} from the start`, { ...full, [name]: value }, false),
    ),
  ];
  if (path.open !== undefined) {
    const room = path.open.maxFields - Object.keys(full).length;
    list.push(variant(`with ${path.open.maxFields} fields`, { ...full, ...manyKeys(room) }, true));
    list.push(variant(`with ${path.open.maxFields + 1} fields`, { ...full, ...manyKeys(room + 1) }, false));
  }
  for (const [name, field] of Object.entries(path.fields)) {
    list.push(variant(`without ${name}`, without(full, name), field.optional === true, idFor(path, full)));
    for (const [type, value] of Object.entries<Value>(samples)) {
      if (type !== typeOf[field.is]) list.push(variant(`with a ${type} as ${name}`, { ...full, [name]: value }, false));
    }
    for (const edge of edges(field)) {
      const written = variant(`with a ${name} ${edge.name}`, { ...full, [name]: edge.value }, edge.good);
      list.push(edge.afterSignIn ? { ...written, afterSignIn: true } : written);
    }
  }
  return list;
}

type Patch = Omit<Case, 'granted'> & { good: boolean };

type MakePatch = (name: string, data: Data, good: boolean, seed?: Data) => Patch;

/** Changes of some fields of a document that stands there. */
function patches(path: PathContract): Patch[] {
  const full = complete(path);
  const id = idFor(path, full);
  const stamps = Object.fromEntries(
    Object.entries(path.fields).flatMap(([name, field]) =>
      field.is === 'serverTime' ? [[name, serverTimestamp()]] : [],
    ),
  );
  const stamped = Object.keys(stamps).length > 0;
  const patch = (name: string, data: Data, good: boolean, seed: Data = full): Patch => ({
    name: `patch ${name}`,
    do: { op: 'patch', data },
    id,
    seed,
    good,
  });

  if (path.updateOnly !== undefined) {
    const changes: Data = path.updateOnly;
    const seen = { ...full, ...Object.fromEntries((path.servers ?? []).map((name) => [name, 'set by a server'])) };
    const ofNames = Object.keys(changes).flatMap((name) => [
      patch(name, changes, true),
      patch(`${name}, with the servers' fields there`, changes, true, seen),
      patch(`${name} a second time`, changes, true, { ...full, ...changes }),
      patch(`${name} back to false`, { [name]: false }, false, { ...full, ...changes }),
      patch(`${name} away`, { [name]: deleteField() }, false, { ...full, ...changes }),
      patch(`${name} and a further field`, { ...changes, further: 'x' }, false),
      patch('nothing but a further field, after it', { further: 'x' }, false, { ...full, ...changes }),
      ...Object.entries<Value>({ ...samples, bool: false, 'string true': 'true', one: 1 }).map(([type, value]) =>
        patch(`${name} to a ${type}`, { [name]: value }, false),
      ),
      ...Object.entries(path.fields).flatMap(([other, field]) => [
        patch(`${name} and ${other}`, { ...changes, [other]: changed(field) }, false),
        patch(other, { [other]: changed(field) }, false),
        patch(`${name} and ${other} away`, { ...changes, [other]: deleteField() }, false),
      ]),
      ...(path.servers ?? []).flatMap((other) => [
        patch(`${name} and the servers' ${other}`, { ...changes, [other]: 'x' }, false),
        patch(`the servers' ${other}`, { [other]: 'x' }, false),
        patch(`${name} and the servers' ${other}, which is there`, { ...changes, [other]: 'x' }, false, seen),
        patch(`${name} and the servers' ${other} away`, { ...changes, [other]: deleteField() }, false, seen),
      ]),
    ]);
    return [...ofNames, ...words(path, full, patch)];
  }

  const open = path.open !== undefined;
  return [
    ...Object.entries(path.fields).flatMap(([name, field]) => {
      if (path.ids?.from?.includes(`{${name}}`)) return [patch(name, { ...stamps, [name]: changed(field) }, false)];
      return [
        patch(name, { ...stamps, [name]: changed(field) }, true),
        ...(stamped
          ? [patch(`${name}, the time left as it was,`, { [name]: changed(field) }, field.is === 'serverTime')]
          : []),
        patch(`${name} away`, { ...stamps, [name]: deleteField() }, field.optional === true),
      ];
    }),
    patch('a further field', { ...stamps, further: 'x' }, open),
    ...(path.servers ?? []).flatMap((name) => {
      const seen = { ...full, [name]: 'set by a server' };
      const [other = 'further'] = Object.keys(path.fields);
      return [
        patch(`the servers' ${name}`, { ...stamps, [name]: 'x' }, false),
        patch(`the servers' ${name}, which is there,`, { ...stamps, [name]: 'x' }, false, seen),
        patch(`the servers' ${name} to null`, { ...stamps, [name]: null }, false, seen),
        patch(`the servers' ${name} away`, { ...stamps, [name]: deleteField() }, false, seen),
        patch(`${other} beside the servers' ${name}`, { ...stamps, [other]: 'y' }, open, seen),
        patch(`the servers' ${name} to what it is`, { ...stamps, ...seen }, open, seen),
      ];
    }),
    ...(path.marks ?? []).flatMap((name) => markCases(path, name, stamps)),
  ];
}

/** A word of the owner: one of a few, on a document that servers marked, and nothing beside it. */
function words({ word, updateOnly }: PathContract, full: Data, patch: MakePatch): Patch[] {
  if (word === undefined) return [];
  const { field, on, values } = word;
  const marked = { ...full, [on]: { by: 'a server' } };
  const [first = ''] = values;
  return [
    ...values.flatMap((value) => [
      patch(`${field} to ${value}`, { [field]: value }, true, marked),
      patch(`${field} to ${value}, after another one`, { [field]: value }, true, { ...marked, [field]: first }),
      patch(`${field} to ${value}, without the servers' ${on}`, { [field]: value }, false),
      patch(`${field} to ${value} and a further field`, { [field]: value, further: 'x' }, false, marked),
      patch(`${field} to ${value} and more`, { [field]: value, ...updateOnly }, false, marked),
    ]),
    patch(`${field} away`, { [field]: deleteField() }, false, { ...marked, [field]: first }),
    ...Object.entries<Value>(samples).map(([type, value]) =>
      patch(`${field} to a ${type}`, { [field]: value }, false, marked),
    ),
  ];
}

/**
 * Every way of answering after a server has set a mark: the owner leaves it or takes it away, and
 * sets it never.
 */
function markCases(path: PathContract, name: string, stamps: Data): Patch[] {
  const full = complete(path);
  const id = idFor(path, full);
  const marked = { ...full, [name]: true };
  const write = (op: 'patch' | 'replace', what: string, data: Data, good: boolean, seed: Data = marked): Patch => ({
    name: `${op} ${what}`,
    do: { op, data },
    id,
    seed,
    good,
  });
  const withdrawn = { granted: false };
  const others = Object.entries<Value>({ ...samples, bool: false, 'string true': 'true' });
  return [
    // Any answer of an app that knows nothing of the mark, of one that keeps it, and of one that
    // clears it.
    ...Object.entries(path.fields).flatMap(([other, field]) => {
      const answer: Data = { ...stamps, [other]: changed(field) };
      return [
        write('patch', `${other} beside the mark ${name}`, answer, true),
        write('patch', `${other} with the mark ${name} as it is`, { ...answer, [name]: true }, true),
        write('patch', `${other} and the mark ${name} away`, { ...answer, [name]: deleteField() }, true),
        write('replace', `${other} with the mark ${name} as it is`, { ...marked, ...answer }, true),
        write('replace', `${other} without the mark ${name}`, { ...full, ...answer }, true),
      ];
    }),
    write('replace', `by the required fields, without the mark ${name}`, { ...required(path), ...withdrawn }, true),
    write('patch', `the mark ${name}, the time left as it was,`, { [name]: deleteField() }, false),
    // A mark of any kind is left alone.
    ...others.flatMap(([type, value]) => [
      write('patch', `beside a ${type} as the mark ${name}`, stamps, true, { ...full, [name]: value }),
      write('patch', `a ${type} as the mark ${name} away`, { ...stamps, [name]: deleteField() }, true, {
        ...full,
        [name]: value,
      }),
      write('patch', `a ${type} as the mark ${name} to true`, { ...stamps, [name]: true }, false, {
        ...full,
        [name]: value,
      }),
    ]),
    // Setting it is refused, also beside a withdrawal: a withdrawal does not need it.
    ...others.flatMap(([type, value]) => [
      write('patch', `the mark ${name} to a ${type}`, { ...stamps, [name]: value }, false),
      write(
        'patch',
        `a withdrawal and the mark ${name} to a ${type}`,
        { ...stamps, ...withdrawn, [name]: value },
        false,
      ),
      write('replace', `with the mark ${name} to a ${type}`, { ...full, [name]: value }, false),
      write('patch', `a ${type} as a mark ${name} that is not there`, { ...stamps, [name]: value }, false, full),
    ]),
    write('patch', `a mark ${name} that is not there`, { ...stamps, [name]: true }, false, full),
    write(
      'patch',
      `a withdrawal and a mark ${name} that is not there`,
      { ...stamps, ...withdrawn, [name]: true },
      false,
      full,
    ),
  ];
}

/** Another good value than `example`. */
function changed(field: Field): Value {
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

/**
 * The requests of the matrix for one path; `granted` says whether the owner's goes through. If
 * everything is closed, documents that would be `wellFormed` elsewhere are enough: malformed ones
 * would say no more.
 */
export function casesOf(path: PathContract, documents: 'all' | 'wellFormed' = 'all'): Case[] {
  const may = (operation: Operation) => path.owner.includes(operation);
  const full = complete(path);
  const id = idFor(path, full);
  // A collection in which every document is somebody else's can only be listed down to the own
  // document.
  const shared = path.path.endsWith('{uid}');
  const cases: Case[] = [
    { name: 'get a document', do: { op: 'get' }, id, seed: full, granted: may('get') },
    { name: 'get a document that is not there', do: { op: 'get' }, id, seed: null, granted: may('get') },
    { name: 'list', do: { op: 'list' }, id, seed: full, granted: may('list') && !shared },
    { name: 'list down to one id', do: { op: 'listOwn' }, id, seed: full, granted: may('list') },
    { name: 'collection group', do: { op: 'group' }, id, seed: full, granted: false },
    { name: 'delete', do: { op: 'delete' }, id, seed: full, granted: may('delete') },
    { name: 'delete what is not there', do: { op: 'delete' }, id, seed: null, granted: may('delete') },
    ...variants(path)
      .filter(({ good }) => good || documents === 'all')
      .flatMap((variant): Case[] => [
        {
          name: `create ${variant.name}`,
          do: { op: 'create', data: variant.data },
          id: variant.id,
          seed: null,
          granted: may('create') && variant.good,
          ...(variant.afterSignIn ? { afterSignIn: true } : {}),
        },
        {
          name: `replace ${variant.name}`,
          do: { op: 'replace', data: variant.data },
          id: variant.id,
          seed: full,
          granted: may('update') && variant.good && path.updateOnly === undefined,
          ...(variant.afterSignIn ? { afterSignIn: true } : {}),
        },
      ]),
    ...patches(path).map(({ good, ...rest }): Case => ({ ...rest, granted: may('update') && good })),
  ];
  const { consent } = path;
  if (consent === undefined) return cases;
  const state = agreedTo(consent);
  return [...cases.map((one) => ({ ...one, state })), ...stateCases(path, consent)];
}

/** The state of a person who agrees to a purpose. */
const agreedTo = (purpose: string, more: Data = {}): Data => ({
  purposes: { [purpose]: { state: 'given', stands: true, since: past } },
  restricted: { all: false, purposes: [] },
  objections: [],
  policyVersion: '2026-01-31',
  ...more,
});

/** Requests in every other state: rows are only read and deleted, unless the consent is open. */
function stateCases(path: PathContract, consent: string): Case[] {
  const full = complete(path);
  const id = idFor(path, full);
  const may = (operation: Operation) => path.owner.includes(operation);
  const withState = (state: string, stands: Value) => agreedTo(consent, { purposes: { [consent]: { state, stands } } });
  const states: readonly (readonly [string, Data | null, boolean])[] = [
    ['without a state', null, false],
    ['with an empty state', {}, false],
    ['if nobody has answered', agreedTo(consent, { purposes: {} }), false],
    ['if another consent stands', agreedTo('another'), false],
    ...['refused', 'withdrawn', 'expired', 'pending'].map(
      (state) => [`if it is ${state}`, withState(state, false), false] as const,
    ),
    ['if a text says that it stands', withState('given', 'true'), false],
    ['if processing is restricted', agreedTo(consent, { restricted: { all: true, purposes: [] } }), false],
    ['if its processing is restricted', agreedTo(consent, { restricted: { all: false, purposes: [consent] } }), false],
    ['if the person objects to it', agreedTo(consent, { objections: ['another', consent] }), false],
    [
      'if another purpose is restricted',
      agreedTo(consent, { restricted: { all: false, purposes: ['another'] } }),
      true,
    ],
    ['if only the consent is there', { purposes: { [consent]: { stands: true } } }, true],
  ];
  return states.flatMap(([name, state, open]): Case[] => [
    { name: `create ${name}`, do: { op: 'create', data: full }, id, seed: null, state, granted: may('create') && open },
    {
      name: `replace ${name}`,
      do: { op: 'replace', data: full },
      id,
      seed: full,
      state,
      granted: may('update') && open,
    },
    {
      name: `patch ${name}`,
      do: { op: 'patch', data: { further: 'x' } },
      id,
      seed: full,
      state,
      granted: may('update') && open,
    },
    { name: `get ${name}`, do: { op: 'get' }, id, seed: full, state, granted: may('get') },
    { name: `delete ${name}`, do: { op: 'delete' }, id, seed: full, state, granted: may('delete') },
  ]);
}

/**
 * Takes the first request of each kind, and those that `isTaken` says. In `npm run test:all` it
 * takes all.
 */
function kindsAnd(cases: readonly Case[], isTaken: (one: Case) => boolean): readonly Case[] {
  const met = new Set<Case['do']['op']>();
  return cases.filter((one) => {
    const isFirst = !met.has(one.do.op);
    met.add(one.do.op);
    return isAll || isFirst || isTaken(one);
  });
}

/** Takes one request of each kind: for paths that are closed to everybody. */
export const kindsOf = (cases: readonly Case[]): readonly Case[] => kindsAnd(cases, () => false);

/**
 * Takes each kind, and each sixth request: for actors that the rules refuse before they look at a
 * document's fields. Of the guest, who passes the same conditions as the owner, also those that the
 * owner is granted.
 *
 * @param passes true for the owner and the guest
 */
export function sampleOf(cases: readonly Case[], passes: boolean): readonly Case[] {
  const sixths = new Set(eachNth(6, cases));
  return kindsAnd(cases, (one) => sixths.has(one) || (passes && one.granted));
}

/**
 * Documents near Firestore's own limit of 1 MiB; few, since the emulator's report keeps every value
 * that it evaluated.
 */
export function hugeCasesOf(path: PathContract): Case[] {
  const full = complete(path);
  const huge = 'x'.repeat(900_000);
  const create = (name: string, data: Data, good: boolean): Case => ({
    name: `create with 900 KB ${name}`,
    do: { op: 'create', data },
    id: idFor(path, full),
    seed: null,
    ...(path.consent === undefined ? {} : { state: agreedTo(path.consent) }),
    granted: good && path.owner.includes('create'),
  });
  return [
    ...Object.entries(path.fields).flatMap(([name, field]) =>
      typeOf[field.is] === 'string' ? [create(`as ${name}`, { ...full, [name]: huge }, false)] : [],
    ),
    // A value that rules cannot measure, they let through: the backend must cope with it.
    ...Object.entries(path.fields).flatMap(([name, field]) =>
      field.is === 'map' ? [create(`in the map ${name}`, { ...full, [name]: { key: huge } }, true)] : [],
    ),
    create('as a further field', { ...full, further: huge }, path.open !== undefined),
  ];
}
