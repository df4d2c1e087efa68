import type { Text } from '../../../src/policy/schema.ts';
import { en } from './2027-03-01.en.ts';
import { fr } from './2027-03-01.fr.ts';

const both = (purpose: keyof typeof fr): Text => ({ en: en[purpose], fr: fr[purpose] });

/** The notices of the version of 1 March 2027, a draft, by purpose. */
export const notices20270301 = {
  coreService: both('coreService'),
  analytics: both('analytics'),
  feedbackPlatforms: both('feedbackPlatforms'),
  userDatabase: both('userDatabase'),
  marketingAutomation: both('marketingAutomation'),
  messages: both('messages'),
  monitoring: both('monitoring'),
  interestBasedAdvertising: both('interestBasedAdvertising'),
} satisfies Record<keyof typeof fr, Text>;
