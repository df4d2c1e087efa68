import type { Context } from '../platform/context.ts';
import type { Policy } from '../policy/schema.ts';
import { LATER_PARTS, NOT_FOUND, type MissingPart } from '../requests/request.ts';
import type { TransmissionEnd } from '../requests/transmission.ts';
import { textsIn } from '../texts/index.ts';
import type { Language } from '../texts/languages.ts';
import { dayInWords, letter, sendNotice, type Addressed, type NoticeText } from './send.ts';

/** The message to a person about an archive of their data. */
export interface ExportNotice extends Addressed {
  /** Until when it can be downloaded, in epoch milliseconds. */
  readonly until: number;
  /** The result of sending it to another company, if they asked for that (Art. 20(2)). */
  readonly sent?: TransmissionEnd;
  /** The parts that did not come, or not whole; empty: none is known to lack. */
  readonly missing?: readonly Pick<MissingPart, 'name' | 'why'>[];
}

/**
 * Tells a person that an archive of their data was made (GDPR Art. 12(3)). So people also notice if
 * somebody else uses their account. There is no link in it: the archive is downloaded in the app,
 * after a sign-in. The app shows it also if it is not sent.
 */
export const tellExport = (context: Context, notice: ExportNotice) =>
  sendNotice(context, notice, 'a message about an export', exportText);

/**
 * The message, in easy words (Art. 12(1)): many of its readers live with a cognitive disability, or
 * are children.
 */
export function exportText(
  policy: Policy,
  { until, sent, missing = [] }: Pick<ExportNotice, 'until' | 'sent' | 'missing'>,
  language: Language,
): NoticeText {
  const { email, supervisoryAuthority: authority } = policy.controller;
  const day = dayInWords(policy, until, language);
  const { subject, lines, question, lacks, withheld, notLooked, notFound, sentBefore, ...how } =
    textsIn(language).messages.export;
  const place = `${authority.name} (${authority.url})`;
  const about = (first: readonly string[], isIt: (why: MissingPart['why']) => boolean): string[] => {
    const names = missing.filter(({ why }) => isIt(why)).map(({ name }) => `- ${name}`);
    return names.length === 0 ? [] : ['', ...first, ...names];
  };
  const where = [
    ...(sent === undefined ? [] : ['', ...(sent.reason === LATER_PARTS ? sentBefore : how[sent.state])(sent.host)]),
    ...about(lacks, (why) => why !== 'withheld' && why !== 'notLooked' && why !== NOT_FOUND),
    ...about(withheld(place), (why) => why === 'withheld'),
    ...about(notLooked(place), (why) => why === 'notLooked'),
    ...about(notFound(place), (why) => why === NOT_FOUND),
  ];
  return letter(policy, subject, [...lines(day, where), '', question, email]);
}
