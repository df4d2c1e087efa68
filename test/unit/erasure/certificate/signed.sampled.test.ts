import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../../functions/src/crypto/canonical.ts';
import {
  certificateHash,
  certificateText,
  placesNaming,
  signCertificate,
  verifyCertificate,
  type CertificateFacts,
} from '../../../../functions/src/erasure/certificate/certificate.ts';
import { worstState } from '../../../../functions/src/erasure/certificate/state.ts';
import { sha256Hex } from '../../../../functions/src/crypto/hash.ts';
import { signerFrom } from '../../../../functions/src/crypto/sign.ts';
import { ofTheDay, times } from '../../../kit/depth.ts';
import { certificate, facts, interim, pair, sign, stranger } from './signed.sample.ts';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const text = certificateText(certificate);

/** Every place in a value, the value itself first. */
function places(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const members = Array.isArray(value) ? value.map((member, index) => [index, member] as const) : Object.entries(value);
  return [path, ...members.flatMap(([name, member]) => places(member, [...path, name]))];
}

const at = (value: Json, path: Path): Json =>
  path.reduce<Json>((part, name) => (part as Record<string | number, Json>)[name] ?? null, value);

/** A copy in which the value at a place is another one; `undefined`: is not there. */
function changed(value: Json, path: Path, to: Json | undefined): Json {
  const copy = asJson(value);
  const parent = at(copy, path.slice(0, -1)) as Record<string | number, Json>;
  const name = path.at(-1) ?? '';
  if (to !== undefined) parent[name] = to;
  else if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else Reflect.deleteProperty(parent, name);
  return copy;
}

/** Other values of the same kind: a forger would write one of them instead. */
function others(value: Json): Json[] {
  if (typeof value === 'number') return [value + 1, value - 1, value + 0.5, String(value)];
  if (typeof value === 'boolean') return [!value, String(value)];
  if (value === null) return ['2030-01-01T00:00:00.000Z', 'a'.repeat(64), 0, {}];
  if (typeof value === 'string') {
    const moment = /^\d{4}-\d\d-\d\dT/.test(value) ? [new Date(Date.parse(value) + 1).toISOString()] : [];
    const flips = [0, 1, 2]
      .filter((index) => index < value.length)
      .map((index) => {
        const c = value.charAt(index);
        return value.slice(0, index) + (c === '0' ? '1' : '0') + value.slice(index + 1);
      });
    return [...moment, ...flips, `${value} `, value.toUpperCase(), '', 'done', 'retained', null].filter(
      (other) => other !== value,
    );
  }
  if (Array.isArray(value)) return [[], [...value].reverse(), [...value, ...value.slice(0, 1)]];
  return [{}, { ...value, more: 1 }, []];
}

/** Makes the hash fit, as a forger would who does not have the key. */
function hashedAgain(value: Json): Json {
  const { signature, ...rest } = value as Record<string, Json>;
  const body = Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'hash'));
  return { ...body, hash: sha256Hex(canonicalJson(body)), signature: signature ?? '' };
}

describe('a certificate', () => {
  it('holds for the key that signed it, and needs nothing but itself', () => {
    const answer = verifyCertificate(text, [stranger.publicKey, pair.publicKey]);
    expect(answer).toEqual({ ok: true, faults: [], certificate, sha256: certificateHash(certificate), compared: true });
    expect(verifyCertificate(text)).toMatchObject({ ok: true, compared: false });
    expect(verifyCertificate(certificateText(interim), [pair.publicKey]).faults).toEqual([]);
    expect(sha256Hex(text)).toBe(certificateHash(certificate));
  });

  it('does not hold once any value of it is another one, not even with a hash that fits', () => {
    let tried = 0;
    const whole = asJson(certificate);
    const parts = places(whole).filter(({ length }) => length > 0);
    for (const path of ofTheDay(12, parts)) {
      for (const to of [...others(at(whole, path)), undefined]) {
        const forged = changed(whole, path, to);
        if (canonicalJson(forged) === text) continue;
        tried += 1;
        const where = `${path.join('.')} -> ${JSON.stringify(to)}`;
        expect(verifyCertificate(canonicalJson(forged)).ok, where).toBe(false);
        // Of a hash that was changed, hashing again makes the certificate that it was.
        if (path[0] === 'hash') continue;
        expect(verifyCertificate(canonicalJson(hashedAgain(forged))).ok, `${where}, hashed again`).toBe(false);
      }
    }
    expect(tried).toBeGreaterThan(times(60, 1000));
  });

  it('does not hold with any other value at any place of it', () => {
    const whole = asJson(certificate);
    const all = places(whole).filter(({ length, 0: name }) => length > 0 && name !== 'hash');
    fc.assert(
      fc.property(fc.constantFrom(...all), fc.jsonValue(), (path, to) => {
        const forged = changed(whole, path, asJson(to));
        fc.pre(canonicalJson(forged) !== text);
        expect(verifyCertificate(canonicalJson(hashedAgain(forged))).ok).toBe(false);
      }),
      { numRuns: times(150, 500) },
    );
  });

  it('does not hold once any character of its file is another one, or is gone', () => {
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom('', '0', '1', 'A', ' ', '"', '}', ',', 'é'), (index, c) => {
        const forged = text.slice(0, index) + c + text.slice(index + 1);
        fc.pre(forged !== text);
        expect(verifyCertificate(forged).ok).toBe(false);
      }),
      { numRuns: times(150, 500) },
    );
  });

  it('names the changed part: a value, the signature, the key', () => {
    const forged = hashedAgain({ ...(asJson(certificate) as Record<string, Json>), number: 3 });
    const problems = (value: unknown, trusted: string[] = []): string[] =>
      verifyCertificate(canonicalJson(value), trusted).faults.map(({ problem }) => problem);
    expect(problems({ ...certificate, number: 3 })).toEqual(['changed', 'badSignature']);
    expect(problems(forged)).toEqual(['badSignature']);
    const bySomebody = signCertificate(facts, signerFrom(stranger.privateKey));
    expect(problems(bySomebody)).toEqual([]);
    expect(problems(bySomebody, [pair.publicKey])).toEqual(['untrustedKey']);
    const liar = { ...signerFrom(stranger.privateKey), keyId: pair.keyId };
    expect(problems(signCertificate(facts, liar))).toEqual(['badSignature']);
  });

  it('that another reader could read differently does not hold: a member twice, other white space, a hidden member', () => {
    const twice = text.replace('"interim":false', '"interim":true,"interim":false');
    expect(verifyCertificate(twice).faults).toEqual([{ problem: 'notAsWritten' }]);
    expect(verifyCertificate(JSON.stringify(certificate, null, 2)).faults).toEqual([{ problem: 'notAsWritten' }]);
    expect(verifyCertificate(`${text}\n`).faults).toEqual([{ problem: 'notAsWritten' }]);
    expect(verifyCertificate(text.replace('{', '{"__proto__":{"number":9},')).ok).toBe(false);
  });

  it('is nothing else', () => {
    expect(verifyCertificate('{').faults).toEqual([{ problem: 'notJson' }]);
    expect(verifyCertificate('null').faults).toEqual([{ problem: 'notACertificate' }]);
    expect(verifyCertificate('{}').certificate).toBeNull();
    fc.assert(fc.property(fc.jsonValue(), (value) => !verifyCertificate(JSON.stringify(value)).ok));
    expect(() => verifyCertificate(text, ['nonsense'])).toThrow(RangeError);
  });
});

/**
 * Returns the faults of a certificate that has another value at a place and was signed properly.
 */
function faultsOf(place: string, to: Json): string[] {
  const signed = sign(changed(asJson(facts), place.split('.'), to) as unknown as CertificateFacts);
  return verifyCertificate(certificateText(signed), [pair.publicKey]).faults.map(
    ({ problem, where }) => `${problem} ${where ?? ''}`,
  );
}

describe('a certificate that was signed all the same does not hold', () => {
  it.each<[name: string, fault: string, place: string, to: Json]>([
    ['with residue under `done`', 'stateDiffers records.6.state', 'records.6.state', 'done'],
    ['with something kept under `done`', 'stateDiffers records.5.state', 'records.5.state', 'done'],
    ['with `done` for what nobody knows', 'stateDiffers records.3.state', 'records.3.state', 'done'],
    ['with `done` for what is to come', 'stateDiffers records.2.state', 'records.2.state', 'done'],
    [
      'with a task in an outcome that is `done`',
      'notACertificate records.0.outcomes.0',
      'records.0.outcomes.0.what',
      { en: 'x', fr: 'x' },
    ],
    ['with half a row', 'notACertificate records.0.outcomes.0.count', 'records.0.outcomes.0.count', 1.5],
    ['with less than no rows', 'notACertificate records.0.outcomes.0.count', 'records.0.outcomes.0.count', -1],
    ['with rows of what nobody knows', 'notACertificate records.3.outcomes.0.count', 'records.3.outcomes.0.count', 1],
    ['without any outcome', 'notACertificate records.0.outcomes', 'records.0.outcomes', []],
    ['with a recipient better off than its records', 'stateDiffers recipients.0.state', 'recipients.0.state', 'done'],
    [
      'with a recipient of records that are not there',
      'stateDiffers recipients.0.state',
      'recipients.0.records',
      ['invoices', 'gone'],
    ],
    ['with a record twice', 'twice records.1', 'records.1.record', 'activity'],
    ['with a recipient twice', 'twice recipients.1', 'recipients.1.recipient', 'stripe'],
    ['that began before it was asked', 'dates times.asked', 'times.began', '2025-12-31T10:00:00.000Z'],
    ['that was read back before it began', 'dates times.began', 'times.readBack', '2026-01-31T09:00:00.000Z'],
    ['of an account that ended later', 'dates times.accountEnded', 'times.accountEnded', facts.times.issued],
    ['whose second look came first', 'dates times.readBack', 'times.secondLook', '2026-01-31T10:05:00.000Z'],
    [
      'that was completed before the third look',
      'dates times.thirdLook',
      'times.completed',
      '2026-02-01T10:00:00.000Z',
    ],
    ['that was issued before it was completed', 'dates times.issued', 'times.issued', '2026-02-01T10:59:00.000Z'],
    [
      'that knows an outcome before it came',
      'dates records.0.outcomes.0.at',
      'records.0.outcomes.0.at',
      '2026-02-02T10:00:00.000Z',
    ],
    [
      'that knows of a recipient before it was told',
      'dates recipients.0.notified',
      'recipients.0.notified',
      '2026-02-02T10:00:00.000Z',
    ],
    [
      'that knows what a recipient answered before it did',
      'dates recipients.1.outcomes.0.at',
      'recipients.1.outcomes.0.at',
      '2026-02-02T10:00:00.000Z',
    ],
    [
      'with a window that was over when it was issued',
      'dates remains.0.until',
      'remains.0.until',
      '2026-01-02T10:00:00.000Z',
    ],
    ['with a date that is none', 'notACertificate times.asked', 'times.asked', '2026-02-30T10:00:00.000Z'],
    ['that replaces nothing as the second', 'numbering supersedes', 'supersedes', null],
    ['that replaces one as the first', 'numbering supersedes', 'number', 1],
    ['that is final and not completed', 'numbering times.completed', 'times.completed', null],
    ['that is final without the end of the ledger', 'numbering ledger', 'ledger', null],
    ['that is interim and completed', 'numbering times.completed', 'interim', true],
  ])('%s', (_name, fault, place, to) => {
    expect(faultsOf(place, to)).toContain(fault);
  });

  it('two machines’ clocks may differ by a minute, and no more', () => {
    const early = (ms: number) => new Date(Date.parse(facts.times.asked) - ms).toISOString();
    expect(faultsOf('times.began', early(60_000))).toEqual([]);
    expect(faultsOf('times.began', early(60_001))).toEqual(['dates times.asked']);
  });
});

describe('of several states', () => {
  it('the one that leaves most to do stands for all, and of none nothing is done', () => {
    const order = ['done', 'retained', 'pending', 'submitted', 'manual', 'unknown'] as const;
    expect(worstState([])).toBe('unknown');
    for (const [index, state] of order.entries())
      for (const better of order.slice(0, index + 1)) expect(worstState([better, state, better])).toBe(state);
  });
});

describe('a person in a certificate', () => {
  const identifier = (value: string) => [{ value, kind: 'uid' }];
  const withText = (en: string): CertificateFacts => {
    const draft = structuredClone(facts);
    const outcome = draft.records[6]?.outcomes[1];
    if (outcome?.outcome !== 'manual') throw new Error('no such outcome');
    outcome.what = { en, fr: 'x' };
    return draft;
  };

  it('is found wherever a value names them, and the answer does not repeat it', () => {
    const whole = asJson(facts);
    const uid = 'Xy12abCD34';
    for (const path of places(whole).filter((one) => typeof at(whole, one) === 'string')) {
      const named = changed(whole, path, `see ${uid}, please`) as object;
      expect(placesNaming(named, identifier(uid))).toEqual([`${path.join('.')} (uid)`]);
      expect(placesNaming(named, identifier(uid.toLowerCase()))).toHaveLength(1);
    }
  });

  it('is not found in longer words, in the words of the policy, or in numbers of invoices and processes', () => {
    expect(placesNaming(withText('see Xy12abCD345'), identifier('Xy12abCD34'))).toEqual([]);
    expect(placesNaming(facts, identifier('Example'))).toEqual([]);
    expect(placesNaming(facts, identifier('4711'))).toEqual([]);
    expect(placesNaming(facts, identifier(''))).toEqual([]);
    expect(placesNaming(withText('see Example'), identifier('example'))).toEqual([
      'records.6.outcomes.1.what.en (uid)',
    ]);
    expect(placesNaming(withText('see 4711'), identifier('4711'))).toHaveLength(1);
  });

  it('may have a uid of any characters', () => {
    for (const uid of ['a.b*c+1(d)', '[x]{2}^$|9', 'user/../1', 'é1-ü_2'])
      expect(placesNaming(withText(`see ${uid}!`), identifier(uid))).toHaveLength(1);
  });
});
