import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['shared/test/**/*.test.ts', 'office/test/**/*.test.ts', 'tablet/test/**/*.test.ts'],
    environment: 'node',
    // One process: the machine that builds has few cores, and these tests are small.
    pool: 'threads',
    maxWorkers: 1,
  },
});
