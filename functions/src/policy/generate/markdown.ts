/** The little Markdown that the register needs. */

/** Text for one cell of a table: on one line, with nothing that would end the cell. */
export const cell = (text: string): string => text.replace(/\r?\n/g, ' ').replaceAll('|', '\\|').trim();

/** A table; without a head, the first column is set in bold. */
export function table(head: readonly string[] | undefined, rows: readonly (readonly string[])[]): string {
  const width = head?.length ?? rows[0]?.length ?? 0;
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  const body = head ? rows : rows.map(([first = '', ...rest]) => [`**${first}**`, ...rest]);
  return [line(head ?? Array<string>(width).fill('')), line(Array<string>(width).fill('---')), ...body.map(line)].join(
    '\n',
  );
}

/** Items inside a cell, one below the other. */
export const list = (items: readonly string[]): string => items.map((item) => `• ${item}`).join('<br>');

export const section = (level: number, title: string, parts: readonly string[]): string =>
  [`${'#'.repeat(level)} ${title}`, ...parts].join('\n\n');
