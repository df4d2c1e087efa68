import type { Context } from '../platform/context.ts';
import type { OfficersEmail } from '../platform/params.ts';
import type { Policy } from '../policy/schema.ts';
import { textsIn, type Texts } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, sendOnce, type NoticeText } from './send.ts';

/** How much waits for the officers. Numbers alone: no id and no name of anybody. */
export type MorningCounts = Readonly<
  Record<keyof Texts['morning']['lines'] | keyof Texts['morning']['openLines'], number>
>;

/** The e-mail of one morning. */
export interface Morning {
  /** The same id is the same e-mail: it is sent once. */
  readonly id: string;
  readonly to: OfficersEmail;
  readonly language: Language;
  /** The morning that it is about, in epoch milliseconds. */
  readonly at: number;
  /** Since when an attempt that died may have sent it. */
  readonly since: number;
  readonly counts: MorningCounts;
}

/**
 * Tells the officers how much waits this morning.
 *
 * @returns `refused` if Brevo does not write to the address, `noSender` if no sender is set
 */
export const tellOfficers = (context: Context, { id, to, since, counts, at, language }: Morning) =>
  sendOnce(context, { id, to, since, ...morningText(context.policy, counts, at, language) }, "the morning's e-mail");

/** The text of it: each number that is not 0; or that nothing waits. Pure. */
export function morningText(policy: Policy, counts: MorningCounts, at: number, language: Language): NoticeText {
  const { subject, hello, nothing, begin, lines, open, openLines, how } = textsIn(language).morning;
  const { name } = policy.controller;
  const written = (texts: Readonly<Record<string, (n: number) => string>>): string[] =>
    Object.entries(texts).flatMap(([id, line]) => {
      const count = counts[id as keyof MorningCounts];
      return count === 0 ? [] : [`- ${line(count)}`];
    });
  const [urgent, all] = [written(lines), written(openLines)];
  const body = [
    ...(urgent.length === 0 ? [nothing] : [begin, '', ...urgent]),
    ...(all.length === 0 ? [] : ['', open, ...all]),
    ...(urgent.length === 0 ? [] : ['', how]),
  ];
  return {
    subject: subject(name, dayInWords(policy, at, language)),
    text: [hello, '', ...body, '', name, ''].join('\n'),
  };
}
