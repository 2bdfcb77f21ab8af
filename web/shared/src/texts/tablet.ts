// Texts of the tablet app.
import type { Text } from './index';

export const TABLET = {
  'tablet.title': ['督导', 'Dudao'],
} as const satisfies Record<string, Text>;
