import { z } from 'zod';
import { median, table } from './figures.ts';
import { inSuite } from './inSuite.ts';

/** How many of Brevo's calls an export takes, and whether erasures wait for exports. */

const calls = z.object({
  figures: z.array(z.object({ product: z.string(), hourly: z.number(), contacts: z.number(), others: z.number() })),
});
const mixed = z.object({
  exports: z.number(),
  erasures: z.number(),
  minutes: z.array(z.number()),
  hours: z.array(z.number()),
  hourly: z.number(),
  refused: z.number(),
});

export interface QuotaFigures {
  readonly calls: z.infer<typeof calls>['figures'];
  readonly alone: z.infer<typeof mixed>;
  readonly beside: z.infer<typeof mixed>;
}

const EXPORTS = 50;
/**
 * Minutes that an erasure may wait longer for Brevo while exports run: the clock of the measurement
 * moves by one.
 */
const LONGER_LIMIT = 1;

export async function benchQuota(say: (line: string) => void): Promise<QuotaFigures> {
  say("Brevo's calls: of an export, and erasures beside exports");
  const runs = [['calls'], ['mixed', '0'], ['mixed', String(EXPORTS)]];
  const told = [];
  // Each in a suite of its own: the local Brevo counts by the hour.
  for (const run of runs) told.push((await inSuite('brevoQuota.ts', 'embedded', [run]))[0]);
  return { calls: calls.parse(told[0]).figures, alone: mixed.parse(told[1]), beside: mixed.parse(told[2]) };
}

const longest = (values: readonly number[]): number => Math.max(...values);
const longer = ({ alone, beside }: QuotaFigures): number => longest(beside.minutes) - longest(alone.minutes);

/** Figures that are over their limit. */
export function quotaProblems(figures: QuotaFigures): string[] {
  const problems: string[] = [];
  const [, second] = figures.calls;
  if (second?.hourly !== 0)
    problems.push(`a second export of the day makes ${second?.hourly ?? NaN} calls by the hour`);
  if (!(longer(figures) <= LONGER_LIMIT))
    problems.push(`an erasure waits ${longer(figures).toFixed(1)} minutes longer beside exports, over ${LONGER_LIMIT}`);
  const refused = figures.alone.refused + figures.beside.refused;
  if (refused > 0) problems.push(`Brevo refused ${refused} calls of the hour`);
  return problems;
}

export function quotaPage(figures: QuotaFigures): string {
  const { alone, beside, calls: told } = figures;
  return `## Brevo's calls by the hour

Of a person with e-mails and a contact of three years in two lists; Brevo is asked back to 2012 (\`BREVO_SINCE\` not set): calls to \`/smtp/…\`, of which Brevo answers 300 an hour for everybody together, and to \`/contacts/…\`, ten a second. The second export of the day is the access, an hour after the portability: it makes none of the first kind.

${table(
  ['export', 'calls to `/smtp/…`', 'calls to `/contacts/…`', 'other calls'],
  told.map(({ product, hourly, contacts, others }, index) => [
    `${index === 0 ? 'first' : 'second'} of the day (${product})`,
    hourly,
    contacts,
    others,
  ]),
)}

${beside.exports} people ask for a portability in the same moment, and ${beside.erasures} others are erased, one each quarter of an hour: from the start of an erasure to the end of its step at Brevo, which works on a deletion of logs by itself and is asked a minute later, then less and less often. The clock skips the waits, minute by minute; the local Brevo refuses the 301st call of every hour, whenever it begins. An erasure may wait ${LONGER_LIMIT} minute longer than without exports: the longest wait was ${longer(figures).toFixed(1)} longer.

${table(
  [
    'exports',
    'erasures',
    'Brevo step: median, minutes',
    'longest',
    'calls to `/smtp/…`',
    'refused by Brevo',
    'last export done, hours',
  ],
  [alone, beside].map((one) => [
    one.exports,
    one.erasures,
    median(one.minutes).toFixed(1),
    longest(one.minutes).toFixed(1),
    one.hourly,
    one.refused,
    one.hours.length === 0 ? '–' : longest(one.hours).toFixed(1),
  ]),
)}

No export came shorter.`;
}
