import { eachNth, isAll } from '../kit/depth.ts';
import type { Case, Data, Value } from './case.ts';
import type { Operation, PathContract } from './contract.ts';
import { patches } from './patches.ts';
import { past, typeOf } from './values.ts';
import { complete, idFor, variants } from './whole.ts';

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
