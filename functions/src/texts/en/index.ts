import { answers } from './answers.ts';
import { archive } from './archive.ts';
import { certificate } from './certificate.ts';
import { contact } from './contact.ts';
import { format } from './format.ts';
import { links } from './links.ts';
import { messages } from './messages.ts';
import { morning } from './morning.ts';
import { officer } from './officer.ts';
import { onBehalf } from './onBehalf.ts';
import { ownRecords } from './ownRecords.ts';
import { receipt } from './receipt.ts';
import { register } from './register.ts';
import { replies } from './replies.ts';
import { report } from './report.ts';
import { rights } from './rights.ts';
import { rules } from './rules.ts';

export const en = {
  answers,
  archive,
  certificate,
  contact,
  format,
  links,
  messages,
  morning,
  officer,
  onBehalf,
  ownRecords,
  receipt,
  register,
  replies,
  report,
  rights,
  rules,
};
