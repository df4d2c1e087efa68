import { Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { harmless, harmlessJson, harmlessLine, shownId, typedId } from '../../../cli/common.ts';
import { describe as inWords } from '../../../cli/contact/commands.ts';
import { dueLines, loadDue, typeable } from '../../../cli/due.ts';
import { amikeo } from '../../../functions/policies/amikeo/index.ts';
import { DAY_MS } from '../../../functions/src/platform/time.ts';
import { closeContact, listContacts } from '../../../functions/src/rights/contact/officer.ts';
import type { DueItem } from '../../../functions/src/rights/due.ts';
import { testContext } from '../requests/helpers.ts';

/**
 * An id that a client chose, or somebody's words, neither steers an officer's terminal nor passes
 * for a line of ours, nor is a command if it is pasted. Each message can be closed by its id.
 */

const NOW = Date.parse('2026-12-01T09:00:00Z');

const HOSTILE = [
  'x\n\nm7\n  of 1.12.2026, due 1.1.2027 if it is a request, 31 days left',
  '\u001b[2J\u001b[H\nnothing is due within P7D',
  '\u009b2K\rnothing is due within P7D',
  '\u202em7\u2066\u061c',
  '$(rm -rf ~)',
  '`id`;\'"&|<>*?!#~{}[]()\\',
  '--send',
  'm%37',
  'm7',
  '100%',
  'zoe@example.com',
  'é\u{1F600}\u{E0041}\u2028x',
];

/** The database of unit tests takes no id with a break of a line; the real one does. */
const STORED = HOSTILE.filter((id) => !/[\n\r\u2028]/.test(id));

describe('an id that somebody chose', () => {
  it.each(HOSTILE)('%j is shown in signs that no terminal and no shell obeys, and is found by them', (id) => {
    expect(shownId(id)).toMatch(/^[A-Za-z0-9._%][A-Za-z0-9._%-]*$/);
    expect(typedId(shownId(id))).toBe(id);
  });

  it.each(['aB3dE6gH9jK2mN5pQ8sT', '6f1c1c1e-6e0f-4f4e-9a43-0d2f7d0f3c55', 'erasure_v1_p-q_1'])(
    '%s, one of ours, is shown as it is',
    (id) => expect([shownId(id), typedId(id)]).toEqual([id, id]),
  );

  it('closes its own message and no other, typed as the list shows it', async () => {
    const context = { ...testContext(NOW), policy: amikeo };
    const row = { createdAt: Timestamp.fromMillis(NOW), message: 'Hello', heldForReview: true };
    for (const id of STORED) await context.app.collection('contactRequests').doc(id).set(row);
    const { items } = await loadDue(context, 'P7D');
    expect(items.map(({ id }) => id).sort()).toEqual(STORED.map(shownId).sort());
    for (const [index, { id }] of items.entries()) {
      expect(await closeContact(context, typedId(id))).toMatchObject({ ok: true, changed: true });
      const open = (await listContacts(context)).messages.map((one) => shownId(one.id));
      expect([open.length, open.includes(id)]).toEqual([items.length - 1 - index, false]);
    }
  });

  it('forges no message in the list, and no answer of `due`', () => {
    const times = { receivedAt: NOW, dueAt: NOW + DAY_MS, daysLeft: 1 };
    for (const id of HOSTILE) {
      const message = { id: shownId(id), ...times, held: true, uid: id, texts: { message: id } };
      expect(
        inWords(message)
          .split('\n')
          .filter((line) => !line.startsWith('  ')),
      ).toEqual([shownId(id)]);
    }
    const item = { kind: 'contact', pseudonym: '', type: 'contact', status: 'waiting', ...times } as const;
    const forged = { ...item, kind: 'erasure', status: 'forged' } as const;
    const items = HOSTILE.flatMap((id): DueItem[] => [
      { ...item, id, waitsFor: { for: 'officer' } },
      { ...forged, id, waitsFor: { for: 'seal', job: id } },
    ]);
    const printed = dueLines({ items: items.map(typeable), moreHeld: 0 }, 'P7D', null).join('\n');
    expect(harmless(printed)).toBe(printed);
    expect(printed).not.toMatch(/^nothing is due/m);
    expect(printed).not.toMatch(/\$\(|`id`/);
    expect(printed.split('\n').filter((line) => !line.startsWith('  '))).toHaveLength(items.length + 1);
  });
});

describe('somebody’s words', () => {
  const words = 'a\tb\nc\r\u001b[31m\u0085\u009b\u202e\u2028d 👩‍💻';

  it('keep their lines and letters, and no sign that steers a terminal', () => {
    expect(harmless(words)).toBe('a\tb\nc\u{FFFD}\u{FFFD}[31m\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}d 👩‍💻');
    expect(harmlessLine(words)).not.toContain('\n');
  });

  it('as JSON are the same value, in signs that steer nothing', () => {
    const json = harmlessJson({ words }, 2);
    expect(JSON.parse(json)).toEqual({ words });
    expect(harmless(json)).toBe(json);
  });
});

it('`due` counts the held messages that it does not show', () => {
  const lines = dueLines({ items: [], moreHeld: 7 }, 'P7D', null);
  expect(lines).toEqual([expect.stringMatching(/^7 more messages/), '7 due within P7D, 7 of them for an officer']);
});
