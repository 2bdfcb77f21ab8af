// Texts of the office console.
import type { Text } from './index';

export const OFFICE = {
  'office.title': ['督导办公室', 'Supervision office'],
} as const satisfies Record<string, Text>;
