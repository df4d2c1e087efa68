import { loadSystem } from '../../functions/src/systems/registry.ts';
import { context, plant, plantNoAccount, policy } from './worlds/firestore.ts';
import { conformance } from './suite.ts';

const system = await loadSystem('firestore', context);
conformance(system, { policy, plant });
conformance(system, { policy, plant: plantNoAccount }, 'a person without an account');
