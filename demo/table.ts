import Table from 'cli-table3';
import pc from 'picocolors';
import type { FlowResult, Letter } from './report.ts';

/** The usual width of a terminal, if nothing tells the real one. */
const WIDTH = 120;

/** Isolates: a name in right-to-left letters must not turn the table around. */
const cell = (text: string): string =>
  /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(text) ? `\u2068${text}\u2069` : text;

/** Breaks a word that is longer than a column, such as a path; other words stay whole. */
function fit(text: string, width: number): string {
  const pieces = (word: string) => word.match(new RegExp(`.{1,${width}}`, 'gu'))?.join(' ') ?? word;
  return cell(text.split(' ').map(pieces).join(' '));
}

/**
 * Returns the beginning of a text that somebody reads: the answer. Its greeting is left out, and
 * all that follows, such as the ways to complain.
 */
function beginningOf({ read, subject, text }: Letter): string {
  const paragraphs = text.trim().split('\n\n');
  const more = paragraphs.length > 3 ? ' …' : '';
  const lines = `${paragraphs.slice(1, 3).join('\n')}${more}`.split('\n');
  return [`  ${read}: ${pc.bold(subject)}`, ...lines.map((line) => `  ${pc.dim('│')} ${line}`)].join('\n');
}

/** One flow: the texts that people read, and a table of each expected value, and the value now. */
export function shownOf(flow: FlowResult, width = process.stdout.isTTY ? process.stdout.columns : WIDTH): string {
  const room = Math.max(60, Math.min(width, 160)) - 8;
  const what = Math.floor(room * 0.4);
  const expected = Math.floor(room * 0.27);
  const actual = room - what - expected;
  const table = new Table({
    head: ['', ...['What', 'Expected', 'There now'].map((title) => pc.bold(title))],
    colWidths: [3, what, expected, actual],
    wordWrap: true,
    // Picocolors colours the cells: it knows if there should be no colours.
    style: { head: [], border: [] },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  for (const row of flow.rows) {
    const there = fit(row.actual, actual - 2);
    const mark = row.ok ? pc.green('✓') : pc.red('✗');
    table.push([mark, fit(row.what, what - 2), fit(row.expected, expected - 2), row.ok ? there : pc.red(there)]);
  }
  const letters = (flow.letters ?? []).map((letter) => `${beginningOf(letter)}\n`);
  return [`${pc.bold(flow.title)} ${pc.dim(`(${flow.seconds.toFixed(1)} s)`)}`, ...letters, table.toString()].join(
    '\n',
  );
}

/** The last lines: how many rows are true, the time, and again each row that is not true. */
export function summaryOf(flows: readonly FlowResult[], seconds: number): string {
  const rows = flows.flatMap((flow) => flow.rows.map((row) => ({ ...row, title: flow.title })));
  const failed = rows.filter((row) => !row.ok);
  const verdict =
    failed.length === 0
      ? pc.green(`all ${rows.length} are true`)
      : pc.red(`${failed.length} of ${rows.length} are not true`);
  const again = failed.map(
    ({ title, what, expected, actual }) => `${pc.red('✗')} ${title}: ${what}: expected ${expected}, there is ${actual}`,
  );
  return [`${flows.length} flows, ${verdict}, ${seconds.toFixed(1)} s in all`, ...again].join('\n');
}
