import { relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { DEVICE_PLACE, OWN_PLACES } from '../../../../functions/src/policy/own/places.ts';
import { readFunctions, ROOT } from './code.ts';

/**
 * The list of the backend's places (policy/own/places.ts) against the code itself, read with its
 * types: documents. A place that the list lacks would be in no policy, and would survive every
 * erasure. Objects of buckets: objects.all.test.ts.
 */

/** Rooms that go by the records of the policy: any collection. */
const BY_RECORD = /^(systems\/firestore|policy)\//;

/** Files with a call whose collection comes from elsewhere, and its source. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'consent/documents.ts': 'contract.consents',
  'erasure/contract.ts': 'contract.record of the policy',
  'erasure/restore/find.ts': 'records of the policy',
  'erasure/starts/wanted.ts': 'contract.consents',
  'export/archive/secrets.ts': 'a reference in a row, which is only named',
  'handlers/consent.ts': 'the document of the event',
  'handlers/profile.ts': 'the document of the event',
  'jobs/pages.ts': 'a document that was read before',
  'ledger/shown/show.ts': 'privacyState of the own places',
  'rectification/steps.ts': 'profile.record of the policy',
  'rights/contact/officer.ts': 'the record contactRequests of the policy',
  'rights/contact/submit.ts': 'the record contactRequests of the policy',
  'rights/contact/ofAccount.ts': 'the record contactRequests of the policy',
  'rights/due.ts': 'the record contactRequests of the policy',
  'rights/morning/count.ts': 'the record contactRequests of the policy',
  'subject/activity.ts': 'signs of the policy',
  'subject/known.ts': 'a record of the policy that identifies',
  'subject/locale.ts': 'the record of rights.countryField of the policy',
  'subject/tombstones.ts': 'pathOf: tombstones/{pseudonym}',
};

/**
 * Every first name of a collection that is asked of a database, and the calls that name it in no
 * readable way.
 */
function readCode(): { named: Set<string>; unread: Set<string> } {
  // Goes with this call: the types of all code take hundreds of megabytes.
  const { program, sources } = readFunctions();
  const checker = program.getTypeChecker();
  const named = new Set<string>();
  const unread = new Set<string>();
  /** The text at this place, or each of the texts that its type allows. */
  const textsOf = (argument: ts.Expression): string[] => {
    if (ts.isTemplateExpression(argument)) return argument.head.text === '' ? [] : [argument.head.text];
    const type = checker.getTypeAtLocation(argument);
    const parts = type.isUnion() ? type.types : [type];
    return parts.every((part) => part.isStringLiteral()) ? parts.map((part) => part.value) : [];
  };
  const readCall = (file: ts.SourceFile, call: ts.CallExpression): void => {
    if (!ts.isPropertyAccessExpression(call.expression)) return;
    const method = call.expression.name.text;
    const [argument] = call.arguments;
    if (argument === undefined || !['collection', 'doc', 'collectionGroup'].includes(method)) return;
    if (checker.getTypeAtLocation(call.expression.expression).getSymbol()?.getName() !== 'Firestore') return;
    const texts = textsOf(argument);
    const path = relative(ROOT, file.fileName);
    if (texts.length === 0) unread.add(path);
    for (const text of texts) named.add(text.split('/')[0] ?? '');
  };
  for (const file of sources) {
    if (BY_RECORD.test(relative(ROOT, file.fileName))) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node)) readCall(file, node);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { named, unread };
}

describe('every place in which the functions write is in the list of own places', () => {
  const { named, unread } = readCode();
  const known = new Set([...Object.values(OWN_PLACES), DEVICE_PLACE].flatMap(({ path }) => path.split('/')));

  it('each collection that is named is there', () => {
    expect(named.size).toBeGreaterThan(15);
    expect([...named].filter((name) => !known.has(name))).toEqual([]);
  });

  it('a collection that this test cannot read has a known source', () => {
    expect([...unread].sort()).toEqual(Object.keys(ELSEWHERE).sort());
  });

  it('no place is listed that the code does not name', () => {
    const roots = Object.values(OWN_PLACES).flatMap((place) =>
      place.system === 'firestore' && 'database' in place ? [place.path.split('/')[0] ?? ''] : [],
    );
    expect(roots.filter((name) => !named.has(name))).toEqual([]);
  });
});
