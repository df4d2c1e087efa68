import Table from 'cli-table3';
import pc from 'picocolors';
import type { FlowResult } from './report.ts';

/** As wide as people's terminals usually are, where nobody says how wide. */
const WIDTH = 120;

/** Isolates: a name in right-to-left letters must not turn the table around. */
const cell = (text: string): string =>
  /\p{Script=Arabic}|\p{Script=Hebrew}/u.test(text) ? `\u2068${text}\u2069` : text;

/** One flow as a table: what was expected, what is there now. */
export function tableOf(flow: FlowResult, width = process.stdout.isTTY ? process.stdout.columns : WIDTH): string {
  const room = Math.max(60, Math.min(width, 160)) - 14;
  const widths = [Math.floor(room * 0.46), Math.floor(room * 0.25)];
  const table = new Table({
    head: ['', ...['What', 'Expected', 'There now'].map((title) => pc.bold(title))],
    colWidths: [3, widths[0] ?? 40, widths[1] ?? 20, room - (widths[0] ?? 40) - (widths[1] ?? 20)],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [] }, // colours are picocolors': it knows when there should be none
  });
  for (const { what, expected, actual, ok } of flow.rows)
    table.push([
      ok ? pc.green('✓') : pc.red('✗'),
      cell(what),
      cell(expected),
      ok ? cell(actual) : pc.red(cell(actual)),
    ]);
  return `${pc.bold(flow.title)} ${pc.dim(`(${flow.seconds.toFixed(1)} s)`)}\n${table.toString()}`;
}

/** The last lines: what holds, what does not, how long it took. */
export function summaryOf(flows: readonly FlowResult[], seconds: number): string {
  const rows = flows.flatMap((flow) => flow.rows);
  const failed = rows.filter((row) => !row.ok).length;
  const verdict =
    failed === 0 ? pc.green(`all ${rows.length} are true`) : pc.red(`${failed} of ${rows.length} are not true`);
  return `${flows.length} flows, ${verdict}, ${seconds.toFixed(1)} s in all`;
}
