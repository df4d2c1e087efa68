import { testAttacks } from './victims.ts';

testAttacks('named');
