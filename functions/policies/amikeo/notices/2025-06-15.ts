import type { Text } from '../../../src/policy/schema.ts';
import { en } from './2025-06-15.en.ts';
import { fr } from './2025-06-15.fr.ts';

const both = (purpose: keyof typeof fr): Text => ({ en: en[purpose], fr: fr[purpose] });

/** The notices of the version of 15 June 2025, by purpose. */
export const notices20250615 = {
  analytics: both('analytics'),
  feedbackPlatforms: both('feedbackPlatforms'),
  userDatabase: both('userDatabase'),
  messages: both('messages'),
  monitoring: both('monitoring'),
  interestBasedAdvertising: both('interestBasedAdvertising'),
} satisfies Record<keyof typeof fr, Text>;
