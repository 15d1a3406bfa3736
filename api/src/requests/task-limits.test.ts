import { retryDelayMs } from '@vestige/core/request/retry';
import { expect, test } from 'vitest';
import { taskLimits } from './task-limits.ts';

test('the attempts of a task last longer than a day that its store is down, whatever pauses are drawn', () => {
  const { attemptsMax } = taskLimits();
  const shortest = Array.from({ length: attemptsMax - 1 }, (_, attempt) => retryDelayMs(attempt + 1, 0));
  expect(shortest.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(86_400_000);
});
