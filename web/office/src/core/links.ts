// Where things are: paths of pages for records and findings.
import { toHex } from '@dudao/shared/format';

export const visitPath = (space: string, key: Uint8Array): string => `/visits/${space}/${toHex(key)}`;
export const findingPath = (space: string, id: string): string => `/findings/${space}/${encodeURIComponent(id)}`;
