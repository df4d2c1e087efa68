import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Timestamp } from 'firebase-admin/firestore';
import { parse } from 'csv-parse/sync';
import { afterAll, describe, expect, it } from 'vitest';
import { registerTable } from '../../../cli/requests/list.ts';
import type { RequestRecord } from '../../../functions/src/requests/store.ts';
import { compliance } from './compliance.ts';

const run = (...args: string[]) => compliance('request', ...args);

describe('a decision that is used wrongly', () => {
  it.each([
    ['a refusal without a reason', ['refuse', 'k', '--words', 'no'], '--because'],
    ['a refusal for a reason that is none', ['refuse', 'k', '--because', 'busy', '--words', 'no'], 'unidentified'],
    ['a refusal without words', ['refuse', 'k', '--because', 'excessive'], '--words'],
    ['a part without the reason for the rest', ['answer', 'k', '--result', 'partly'], '--words'],
    ['words of nobody', ['answer', 'k', '--words', '   '], '1 to 4000'],
    ['more words than a letter has', ['answer', 'k', '--words', 'x'.repeat(4001)], '1 to 4000'],
    ['an extension without a reason', ['extend', 'k'], '--because'],
    ['an extension by no period', ['extend', 'k', '--because', 'number', '--by', 'soon'], '--by'],
    ['a pause for a reason that is none', ['pause', 'k', '--because', 'holiday'], 'identity'],
    ['a country without a known authority', ['answer', 'k', '--country', 'XX'], '--country'],
    ['a register to nowhere', ['export'], '--csv'],
    ['a register from no day', ['export', '--csv', '-', '--from', 'January'], '--from is not a date'],
    [
      'a register of no time',
      ['export', '--csv', '-', '--from', '2026-02-01', '--to', '2026-01-31'],
      'later than --to',
    ],
    ['a letter without a database', ['answer', 'k'], '--project'],
  ])('%s says how it is used, and does nothing', async (_, args, says) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });
});

describe('a letter that is entered wrongly', () => {
  const entry = [
    'enter',
    '--type',
    'access',
    '--channel',
    'letter',
    '--received',
    '2026-05-01',
    '--identity',
    'papers',
  ];
  const folder = mkdtempSync(join(tmpdir(), 'details-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'details.json');
  writeFileSync(file, 'text: Ada Lovelace');

  it.each([
    ['of nobody', [], '--uid or --email'],
    ['of two people', ['--uid', 'x', '--email', 'ada@example.com'], '--uid or --email'],
    ['with details that are not there', ['--uid', 'x', '--details', join(folder, 'none')], 'cannot be read'],
    ['with details that are not JSON', ['--uid', 'x', '--details', file], 'is not JSON'],
  ])('%s says how it is used, and repeats no word of the person', async (_, args, says) => {
    const project = ['--project', 'demo-test'];
    const { code, stdout, stderr } = await run(...entry, ...args, ...project);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).not.toContain('Lovelace');
    expect(stderr).toContain(says);
  });
});

describe('the register of requests', () => {
  const at = (text: string) => Timestamp.fromMillis(Date.parse(text));
  const record: RequestRecord = {
    pseudonym: 'v1_p',
    type: 'rectification',
    status: 'refused',
    channel: 'letter',
    receivedAt: at('2026-03-01T10:00:00Z'),
    dueAt: at('2026-04-08T10:00:00Z'),
    completedAt: at('2026-03-20T10:00:00Z'),
    pauses: [{ from: at('2026-03-03T00:00:00Z'), until: at('2026-03-10T00:00:00Z'), reason: 'identity' }],
    reason: 'unidentified',
    reply: { kind: 'refused', at: at('2026-03-20T10:00:00Z'), language: 'fr', sha256: 'ab', by: 'v1_o', end: 'sent' },
  };

  it('has a line a request, with the clock and the decision, and nobody’s words', () => {
    const rows = parse<Record<string, string>>(registerTable([{ key: 'v1_p_1', record }]), { columns: true });
    expect(rows).toEqual([
      {
        ...{ request: 'v1_p_1', pseudonym: 'v1_p', type: 'rectification', channel: 'letter', power: '', identity: '' },
        ...{ reference: '' },
        ...{ receivedAt: '2026-03-01T10:00:00.000Z', dueAt: '2026-04-08T10:00:00.000Z', status: 'refused' },
        ...{ pauses: '1', pausedDays: '7', pausedSince: '', extendedAt: '', extendedFor: '' },
        ...{ closedAt: '2026-03-20T10:00:00.000Z', reason: 'unidentified', repliedAt: '2026-03-20T10:00:00.000Z' },
        ...{ reply: 'refused', replySha256: 'ab', mail: 'sent', keptBack: '', enteredBy: '', decidedBy: 'v1_o' },
      },
    ]);
  });

  it('has everything that an officer kept back of a copy, by record and reason (Art. 15(4))', () => {
    const withheld = { posts: [{ because: 'othersData', rows: 1, fields: 2 }] };
    const kept = { ...record, type: 'access', status: 'completed' as const, answer: { withheld } };
    const [row] = parse<Record<string, string>>(registerTable([{ key: 'v1_p_1', record: kept }]), { columns: true });
    expect(row).toMatchObject({ keptBack: 'posts, othersData: 1 rows, 2 fields' });
  });

  it('has no cell that a spreadsheet runs', () => {
    expect(registerTable([{ key: '=1+1', record }])).toContain("'=1+1");
  });
});
